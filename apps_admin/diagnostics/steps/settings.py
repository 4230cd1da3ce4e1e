"""Whether the connection is well formed, and which credentials it finds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from apps_admin.aws.probe import Probe, ProbeError
from apps_admin.diagnostics.facts import Facts
from apps_admin.diagnostics.outcomes import blocking, outcome_of
from apps_admin.diagnostics.report import Outcome, Status
from apps_admin.domain.connection import CredentialMode
from apps_admin.domain.connection_rules import require_valid
from apps_admin.domain.errors import (
    AccessDeniedError,
    CredentialsError,
    CredentialsMissingError,
    ValidationError,
)

REGION_IN_HOST = re.compile(r"//(?:[\w-]+\.)*dynamodb\.([a-z0-9-]+)\.(?:amazonaws|api\.aws|vpce)")


# What was looked for where nothing was found, by the way to sign in that names one place.
NOTHING_THERE: Mapping[CredentialMode, tuple[str, str]] = {
    CredentialMode.PROFILE: (
        "The profile of this connection has no credentials.",
        "Give it keys, a role over a source_profile, or single sign-on. A profile never takes the machine's role.",
    ),
    CredentialMode.CONTAINER_OR_INSTANCE: (
        "Neither the container nor the instance has a role that gives credentials.",
        "Attach one to the instance, task or service account. In a container on EC2, its metadata need two hops.",
    ),
    CredentialMode.WEB_IDENTITY: (
        "The environment names no web identity.",
        "Set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, or name role and token file in the connection.",
    ),
}


def check_settings(facts: Facts) -> Outcome:
    """The rules for connections; makes the clients the other steps use."""
    try:
        require_valid(facts.connection)
        facts.probe = Probe(facts.connection)
    except ValidationError as error:
        field, messages = next(iter(error.errors.items()))
        return Outcome(
            status=Status.DIFFERENT,
            message=f"{field}: {messages[0]}",
            hint="Mend this in the connection's settings.",
            blocks=True,
        )
    except ProbeError as failed:
        return blocking(outcome_of(failed))
    place = facts.aws.endpoint
    of_endpoint = REGION_IN_HOST.search(place)
    if of_endpoint and of_endpoint[1] != facts.connection.region:
        return Outcome(
            status=Status.DIFFERENT,
            message=f"The endpoint is in {of_endpoint[1]}, the connection says {facts.connection.region}.",
            hint="Leave the endpoint empty for AWS's own, or make the two agree.",
            blocks=True,
        )
    return Outcome(message=f"Table {facts.connection.table} in {facts.connection.region}, {place}")


def check_credentials(facts: Facts) -> Outcome:
    """Which provider has credentials; temporary ones are fetched."""
    try:
        found = facts.aws.find_credentials()
    except ProbeError as failed:
        return _not_signed_in(facts, failed)
    expiry = ""
    hint = ""
    if found.expires_at:
        minutes = int((found.expires_at - datetime.now(UTC)).total_seconds() // 60)
        expiry = f", valid for {minutes} more minutes, renewed before that"
    elif found.is_temporary:
        hint = "This session token is not renewed by anybody: a role or a profile would be."
    return Outcome(message=f"Key {found.masked_key_id} from {found.provider}{expiry}", hint=hint)


def _not_signed_in(facts: Facts, failed: ProbeError) -> Outcome:
    error = failed.error
    credentials = facts.connection.credentials
    if isinstance(error, AccessDeniedError) and credentials.mode is CredentialMode.ASSUME_ROLE:
        return _role_refused(failed, external_id=bool(credentials.external_id))
    outcome = blocking(outcome_of(failed))
    first = (credentials.base or credentials).mode
    if first in NOTHING_THERE and isinstance(error, CredentialsMissingError):
        message, hint = NOTHING_THERE[first]
        return Outcome(status=Status.MISSING, message=message, hint=hint, blocks=True)
    if isinstance(error, CredentialsError) and not failed.aws_code:
        return Outcome(
            status=Status.MISSING, message=outcome.message, hint=outcome.hint, blocks=True
        )
    return outcome


def _role_refused(failed: ProbeError, *, external_id: bool) -> Outcome:
    """AWS gives one answer for every reason; what the connection sends tells which are left."""
    if external_id:
        message = "The role cannot be assumed with these credentials."
        hint = (
            "Its trust policy must name this principal and this very external id, and the principal needs "
            "sts:AssumeRole on the role."
        )
    else:
        message = "The role cannot be assumed: this connection sends no external id, and the role may ask for one."
        hint = (
            "Look for sts:ExternalId in the role's trust policy and enter it here. Else let the trust policy name "
            "this principal, and give the principal sts:AssumeRole on the role."
        )
    return Outcome(
        status=Status.DENIED,
        message=message,
        hint=hint,
        aws_code=failed.aws_code,
        action="sts:AssumeRole",
        blocks=True,
    )
