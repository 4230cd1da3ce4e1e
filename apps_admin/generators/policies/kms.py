"""What an own KMS key asks for beside the policies on the table."""

from __future__ import annotations

from apps_admin.generators.policies.inputs import PolicyInputs
from apps_admin.generators.policies.purpose import Purpose, Statement


def _use(inputs: PolicyInputs) -> list[Statement]:
    hosts = [f"dynamodb.{region}.{inputs.partition.dns_suffix}" for region in inputs.regions]
    return [
        Statement(
            sid="UseTableKey",
            actions={
                "kms:Decrypt": "read the table",
                "kms:DescribeKey": "tell whether the key is enabled",
            },
            resources=[inputs.kms_key],
            condition={"StringEquals": {"kms:ViaService": hosts[0] if len(hosts) == 1 else hosts}},
        )
    ]


def _create(inputs: PolicyInputs) -> list[Statement]:
    reason = "let DynamoDB set the key up for the table"
    return [
        Statement(
            sid="CreateEncryptedTable",
            actions={
                "kms:Encrypt": reason,
                "kms:Decrypt": reason,
                "kms:ReEncrypt*": reason,
                "kms:GenerateDataKey*": reason,
                "kms:DescribeKey": "tell whether the key is enabled",
                "kms:CreateGrant": "let DynamoDB go on using the key",
            },
            resources=[inputs.kms_key],
            condition={
                "StringLike": {"kms:ViaService": f"dynamodb.*.{inputs.partition.dns_suffix}"}
            },
        )
    ]


DATA_PLANE = Purpose(
    name="kms-data-plane",
    label="Own KMS key: use the table",
    statements=_use,
    requires=("kms_key",),
    note="For everybody who reads or writes a table that your own key encrypts: soketi, operators, viewers.",
)
CREATE_TABLE = Purpose(
    name="kms-create-table",
    label="Own KMS key: create the table",
    statements=_create,
    requires=("kms_key",),
    note="For whoever creates the table or chooses its key, beside the policy bootstrap.",
)
