"""One tenant's apps only, told by how their ids begin."""

from __future__ import annotations

from apps_admin.generators.policies.inputs import PolicyInputs
from apps_admin.generators.policies.purpose import Purpose, Statement


def _statements(inputs: PolicyInputs) -> list[Statement]:
    prefixes = [f"{prefix}*" for prefix in inputs.key_prefixes]
    return [
        Statement(
            sid="OneTenant",
            actions={
                "dynamodb:GetItem": "read one of the tenant's apps",
                "dynamodb:PutItem": "create an app of the tenant",
                "dynamodb:UpdateItem": "change one of the tenant's apps",
            },
            resources=inputs.table_arns,
            condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": prefixes}},
        )
    ]


PURPOSE = Purpose(
    name="tenant",
    label="One tenant, by the beginning of its AppIds",
    statements=_statements,
    requires=("key_prefix",),
    note="Never add Scan or the index to it: neither has a leading key AWS could hold against the condition.",
)
