"""Who AWS says we are, and whether the table and its index are what soketi needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from apps_admin.aws.probe import ProbeError
from apps_admin.diagnostics.facts import Facts
from apps_admin.diagnostics.outcomes import outcome_of
from apps_admin.diagnostics.report import Outcome, Status
from apps_admin.domain.connection import KEY_INDEX
from apps_admin.domain.errors import AccessDeniedError, TableNotFoundError, ThrottledError
from apps_admin.domain.table import TableDesign
from apps_admin.domain.table_comparison import Aspect, LiveTable, TableDifference, compare_table

READABLE = frozenset({"ACTIVE", "UPDATING", "ARCHIVING"})
NOT_DESCRIBED = Outcome(
    status=Status.SKIPPED, message="The table cannot be described with these credentials."
)


def check_identity(facts: Facts) -> Outcome:
    """Ask STS who we are; other endpoints have accounts of their own."""
    if not facts.aws.is_aws and not facts.connection.credentials.sts_endpoint:
        return Outcome(
            status=Status.SKIPPED, message="A custom endpoint: AWS's STS knows nothing of it."
        )
    try:
        identity = facts.aws.find_identity()
    except ProbeError as failed:
        # An endpoint of STS that cannot be reached says nothing about DynamoDB's.
        outcome = outcome_of(failed)
        return outcome if outcome.status is Status.DENIED else outcome_of(failed, blocks=False)
    return Outcome(message=f"{identity.arn}, account {identity.account}")


def check_table(facts: Facts) -> Outcome:
    """DescribeTable: it exists and is ACTIVE."""
    try:
        facts.description = facts.aws.describe_table()
    except ProbeError as failed:
        optional = isinstance(failed.error, AccessDeniedError | ThrottledError)
        outcome = outcome_of(failed, blocks=not optional)
        missing = isinstance(failed.error, TableNotFoundError)
        return _wrong_region(facts, outcome) if missing else outcome
    status = str(facts.description.get("TableStatus", ""))
    if status not in READABLE:
        return Outcome(
            status=Status.DIFFERENT,
            message=f"The table {facts.connection.table} is {status}, not ACTIVE.",
            hint="Wait until it is ACTIVE, then test again."
            if status == "CREATING"
            else "See the table in the AWS console: it cannot be read in this state.",
            blocks=True,
        )
    count = facts.description.get("ItemCount")
    about = f", about {count} items" if count is not None else ""
    return Outcome(message=f"{facts.connection.table} is {status}{about}")


def _wrong_region(facts: Facts, missing: Outcome) -> Outcome:
    """The outcome for a missing table, or, where a table of this name is in another region, that it is there."""
    region = facts.aws.find_table_elsewhere()
    if not region:
        return missing if facts.aws.is_aws or facts.aws.has_any_table() else _empty(facts, missing)
    return replace(
        missing,
        message=f"There is no table {facts.connection.table!r} in {facts.connection.region}, "
        f"but there is one in {region}: the region is wrong.",
        hint=f"Set the region of the connection to {region}, as soketi has it.",
    )


def _empty(facts: Facts, missing: Outcome) -> Outcome:
    """The outcome where the endpoint has no table at all for this key and region."""
    return replace(
        missing,
        message=f"There is no table {facts.connection.table!r}: this endpoint has no table at all for this access "
        f"key and {facts.connection.region}.",
        hint="DynamoDB Local keeps separate tables for each access key and region: sign in with the access key and "
        "region the table was made with, run it with -sharedDb, or create the table with manage.py bootstrap_table.",
    )


def check_key_schema(facts: Facts) -> Outcome:
    """Hash key AppId (S), no sort key."""
    for difference in _differences(facts, Aspect.KEY_SCHEMA):
        return Outcome(
            status=Status.DIFFERENT,
            message=f"The table is of another shape: its key is {difference.found}, soketi needs {difference.wanted}.",
            hint="Keys are fixed when a table is created. Name soketi's table, or make one: bootstrap_table.",
            blocks=True,
        )
    return NOT_DESCRIBED if facts.description is None else Outcome(message="Hash key AppId (S)")


def check_index(facts: Facts) -> Outcome:
    """`AppKeyIndex` exists, is ACTIVE, has hash key AppKey and projects ALL."""
    for difference in _differences(facts, *INDEX_FAULTS):
        status, message, hint = INDEX_FAULTS[difference.aspect]
        return Outcome(
            status=status,
            message=message.format(index=KEY_INDEX, found=difference.found),
            hint=f"{difference.effect} {hint}",
            blocks=difference.aspect is not Aspect.INDEX_PROJECTION,
        )
    if facts.description is None:
        return NOT_DESCRIBED
    return Outcome(message=f"{KEY_INDEX} is ACTIVE, hash key AppKey, projects ALL")


INDEX_FAULTS: dict[Aspect, tuple[Status, str, str]] = {
    Aspect.INDEX: (
        Status.MISSING,
        "The table has no {index}.",
        "Add it: manage.py bootstrap_table --repair.",
    ),
    Aspect.INDEX_STATUS: (
        Status.DIFFERENT,
        "{index} is {found}, not ACTIVE.",
        "Wait until DynamoDB has filled it.",
    ),
    Aspect.INDEX_KEY_SCHEMA: (
        Status.DIFFERENT,
        "{index} has the key {found} instead of AppKey (S) HASH.",
        "Delete the index and add it again with the right key: an index cannot be changed.",
    ),
    Aspect.INDEX_PROJECTION: (
        Status.DIFFERENT,
        "{index} projects {found} instead of ALL.",
        "Delete the index and add it again: an index cannot be changed.",
    ),
}


def _differences(facts: Facts, *aspects: Aspect) -> Iterator[TableDifference]:
    """How the described table differs in these aspects, in their order."""
    if facts.description is None:
        return
    design = TableDesign(name=facts.connection.table)
    found = compare_table(design, LiveTable(description=facts.description))
    for aspect in aspects:
        yield from (difference for difference in found if difference.aspect is aspect)
