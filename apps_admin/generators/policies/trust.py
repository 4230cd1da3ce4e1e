"""Who may take on a role: the trust policies of the places soketi and this console run in."""

from __future__ import annotations

from apps_admin.generators.policies.inputs import PolicyInputs
from apps_admin.generators.policies.purpose import Condition, PolicyKind, Purpose, Statement

ASSUME = {"sts:AssumeRole": "take on the role"}
_CHINA = "aws-cn"


def _service(name: str, condition: Condition | None = None) -> Statement:
    return Statement(
        sid="Trust",
        principal={"Service": (name,)},
        actions=ASSUME,
        condition=condition or {},
    )


def _ec2(inputs: PolicyInputs) -> list[Statement]:
    suffix = ".cn" if inputs.partition.name == _CHINA else ""
    return [_service(f"ec2.amazonaws.com{suffix}")]


def _ecs_task(inputs: PolicyInputs) -> list[Statement]:
    clusters = inputs.arns("ecs", "*")
    accounts = inputs.accounts
    return [
        _service(
            "ecs-tasks.amazonaws.com",
            {
                "ArnLike": {"aws:SourceArn": clusters[0] if len(clusters) == 1 else clusters},
                "StringEquals": {
                    "aws:SourceAccount": accounts[0] if len(accounts) == 1 else accounts
                },
            },
        )
    ]


def _lambda(_inputs: PolicyInputs) -> list[Statement]:
    return [_service("lambda.amazonaws.com")]


def _irsa(inputs: PolicyInputs) -> list[Statement]:
    provider, partition = inputs.oidc_provider, inputs.partition
    audience = "sts.amazonaws.com.cn" if partition.name == _CHINA else "sts.amazonaws.com"
    federated = tuple(
        f"arn:{partition.name}:iam::{account}:oidc-provider/{provider}"
        for account in inputs.accounts
    )
    return [
        Statement(
            sid="Trust",
            principal={"Federated": federated},
            actions={"sts:AssumeRoleWithWebIdentity": "take on the role with the pod's token"},
            condition={
                "StringEquals": {
                    f"{provider}:sub": f"system:serviceaccount:{inputs.service_account}",
                    f"{provider}:aud": audience,
                }
            },
        )
    ]


def _pod_identity(_inputs: PolicyInputs) -> list[Statement]:
    return [
        Statement(
            sid="Trust",
            principal={"Service": ("pods.eks.amazonaws.com",)},
            actions={
                **ASSUME,
                "sts:TagSession": "say which cluster, namespace and pod it is",
            },
        )
    ]


def _cross_account(inputs: PolicyInputs) -> list[Statement]:
    return [
        Statement(
            sid="Trust",
            principal={"AWS": (f"arn:{inputs.partition.name}:iam::{inputs.trusted_account}:root",)},
            actions=ASSUME,
            condition={"StringEquals": {"sts:ExternalId": inputs.external_id}},
        )
    ]


EC2 = Purpose(
    name="trust-ec2",
    label="Trust: EC2 instance",
    kind=PolicyKind.TRUST,
    statements=_ec2,
    note="In the China regions EC2's principal usually ends in .cn; check it against a role that works.",
)
ECS_TASK = Purpose(
    name="trust-ecs-task", label="Trust: ECS task", kind=PolicyKind.TRUST, statements=_ecs_task
)
LAMBDA = Purpose(
    name="trust-lambda", label="Trust: Lambda function", kind=PolicyKind.TRUST, statements=_lambda
)
IRSA = Purpose(
    name="trust-irsa",
    label="Trust: EKS service account (IRSA)",
    kind=PolicyKind.TRUST,
    statements=_irsa,
    requires=("oidc_provider", "service_account"),
    note="The OIDC provider is the cluster's issuer address without https://.",
)
POD_IDENTITY = Purpose(
    name="trust-pod-identity",
    label="Trust: EKS Pod Identity",
    kind=PolicyKind.TRUST,
    statements=_pod_identity,
    note="Which service account gets the role is said in the cluster's Pod Identity association.",
)
CROSS_ACCOUNT = Purpose(
    name="trust-cross-account",
    label="Trust: another account, with an external id",
    kind=PolicyKind.TRUST,
    statements=_cross_account,
    requires=("trusted_account", "external_id"),
    note="The connection that takes on this role is set up with the same external id.",
)
