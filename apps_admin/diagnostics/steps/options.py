"""What the table has besides its records: billing, recovery, expiry, protection, encryption, streams, replicas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apps_admin.aws.probe import ProbeError
from apps_admin.diagnostics.facts import Facts
from apps_admin.diagnostics.outcomes import outcome_of
from apps_admin.diagnostics.report import Outcome, Status
from apps_admin.diagnostics.steps.table import NOT_DESCRIBED


def check_billing(facts: Facts) -> Outcome:
    """On demand, or how much is bought for table and index."""
    table = facts.description
    if table is None:
        return NOT_DESCRIBED
    if table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        return Outcome(message="On demand")
    bought = [_capacity("the table", table)]
    bought += [
        _capacity(str(index.get("IndexName")), index)
        for index in table.get("GlobalSecondaryIndexes") or ()
    ]
    return Outcome(
        message=f"Provisioned: {', '.join(bought)}",
        hint="soketi reads once for each connection and each request; a throttled read refuses the client.",
    )


def _capacity(name: str, part: Any) -> str:
    bought = part.get("ProvisionedThroughput", {})
    return f"{name} {bought.get('ReadCapacityUnits', 0)} reads and {bought.get('WriteCapacityUnits', 0)} writes/s"


def check_recovery(facts: Facts) -> Outcome:
    """Point-in-time recovery, where the engine has it."""
    try:
        backups = facts.aws.describe_backups()
    except ProbeError as failed:
        return _not_told(failed, "point-in-time recovery")
    status = backups.get("PointInTimeRecoveryDescription", {}).get(
        "PointInTimeRecoveryStatus", "DISABLED"
    )
    if status == "ENABLED":
        return Outcome(message="Point-in-time recovery is on")
    return Outcome(
        message="Point-in-time recovery is off",
        hint="Turn it on: it is the only way back from a mistake that reaches the whole table.",
    )


def check_expiry(facts: Facts) -> Outcome:
    """Time to live."""
    try:
        expiry = facts.aws.describe_ttl()
    except ProbeError as failed:
        return _not_told(failed, "time to live")
    if expiry.get("TimeToLiveStatus", "DISABLED") in ("DISABLED", "DISABLING"):
        return Outcome(message="Time to live is off")
    return Outcome(
        message=f"Time to live is on, by {expiry.get('AttributeName', 'an attribute')}",
        hint="soketi serves expired apps until DynamoDB has removed them, and an app that vanishes while "
        "clients with webhooks are connected shuts soketi down.",
    )


def _not_told(failed: ProbeError, what: str) -> Outcome:
    outcome = outcome_of(failed, blocks=False)
    if outcome.status is Status.UNSUPPORTED:
        return Outcome(
            status=Status.UNSUPPORTED,
            message=f"This engine has no {what}.",
            hint="AWS has it; for development that is fine.",
            aws_code=failed.aws_code,
        )
    if outcome.status is Status.DENIED and outcome.action:
        return replace(
            outcome,
            hint=f"soketi and this console work without {outcome.action}; it only tells this step.",
        )
    return outcome


def check_protection(facts: Facts) -> Outcome:
    """Protection of the table against deletion."""
    if facts.description is None:
        return NOT_DESCRIBED
    if facts.description.get("DeletionProtectionEnabled"):
        return Outcome(message="The table is protected against deletion")
    return Outcome(
        message="The table is not protected against deletion",
        hint="Turn deletion protection on for a table that matters.",
    )


def check_encryption(facts: Facts) -> Outcome:
    """Whose key encrypts the table."""
    if facts.description is None:
        return NOT_DESCRIBED
    key = facts.description.get("SSEDescription", {})
    if key.get("Status") in ("ENABLED", "UPDATING"):
        return Outcome(
            message="Encrypted with a KMS key",
            hint="soketi and this console need kms:Decrypt on it through DynamoDB.",
        )
    return Outcome(message="Encrypted with a key that AWS owns")


def check_stream(facts: Facts) -> Outcome:
    """Whether a stream of changes is on."""
    if facts.description is None:
        return NOT_DESCRIBED
    stream = facts.description.get("StreamSpecification", {})
    if stream.get("StreamEnabled"):
        return Outcome(message=f"A stream is on ({stream.get('StreamViewType', '')})")
    return Outcome(message="No stream")


def check_replicas(facts: Facts) -> Outcome:
    """Whether this is a global table."""
    if facts.description is None:
        return NOT_DESCRIBED
    replicas = facts.description.get("Replicas") or ()
    regions = sorted({str(each.get("RegionName")) for each in replicas} - {facts.connection.region})
    if not regions:
        return Outcome(message=f"One region, {facts.connection.region}")
    return Outcome(
        message=f"A global table, also in {', '.join(regions)}",
        hint="Conditions hold within one region only: write from one region, or the last writer wins.",
    )
