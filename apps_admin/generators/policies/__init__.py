"""One module per party or need of an IAM policy, and the table of all purposes."""

from __future__ import annotations

from apps_admin.domain.errors import ValidationError
from apps_admin.generators.policies import (
    bootstrap,
    console,
    copy,
    kms,
    lawcket,
    soketi_server,
    tenant,
    trust,
    vpc,
)
from apps_admin.generators.policies.purpose import Purpose

PURPOSES: dict[str, Purpose] = {
    purpose.name: purpose
    for purpose in (
        soketi_server.PURPOSE,
        console.OPERATOR,
        console.VIEWER,
        console.VIEWER_NO_SECRET,
        bootstrap.PURPOSE,
        copy.SOURCE,
        copy.DESTINATION,
        lawcket.PURPOSE,
        lawcket.CONSOLE,
        kms.DATA_PLANE,
        kms.CREATE_TABLE,
        tenant.PURPOSE,
        vpc.DENY,
        vpc.ENDPOINT,
        trust.EC2,
        trust.ECS_TASK,
        trust.LAMBDA,
        trust.IRSA,
        trust.POD_IDENTITY,
        trust.CROSS_ACCOUNT,
    )
}


def find_purpose(name: str) -> Purpose:
    """The purpose of this name. Raises ValidationError that lists the valid ones."""
    try:
        return PURPOSES[name]
    except KeyError:
        raise ValidationError(
            {"purpose": [f"There is no purpose {name!r}. The purposes are {', '.join(PURPOSES)}."]}
        ) from None
