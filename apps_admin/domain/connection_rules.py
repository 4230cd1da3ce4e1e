"""What a connection must look like; the same for the pages, the file and the environment."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from apps_admin.domain.connection import Connection, CredentialMode, Credentials
from apps_admin.domain.endpoints import endpoint_problem
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.regions import partition_of, unknown_region_message

SLUG = re.compile(r"[a-z0-9-]{3,100}", re.ASCII)
RESERVED_SLUGS = frozenset({"new", "test"})
TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}", re.ASCII)
REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}", re.ASCII)
ANY_REGION = re.compile(r"[A-Za-z0-9-]{1,63}", re.ASCII)
ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,512}", re.ASCII)
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?", re.ASCII)
COLORS = (
    "blue",
    "azure",
    "indigo",
    "purple",
    "pink",
    "red",
    "orange",
    "yellow",
    "lime",
    "green",
    "teal",
    "cyan",
)
OLDEST_SOKETI, NEWEST_SOKETI = (0, 2), (1, 6)
MAX_LABEL, MAX_NOTES = 100, 5000


def require_valid(connection: Connection) -> None:
    """Raises ValidationError with every field that breaks a rule."""
    problems: defaultdict[str, list[str]] = defaultdict(list)
    for field, message in _problems(connection):
        problems[field].append(message)
    if problems:
        raise ValidationError(problems)


def _problems(connection: Connection) -> Iterator[tuple[str, str]]:
    yield from _naming_problems(connection)
    yield from _place_problems(connection)
    yield from _soketi_problems(connection)
    yield from _credential_problems(connection.credentials)


def _naming_problems(connection: Connection) -> Iterator[tuple[str, str]]:
    if not SLUG.fullmatch(connection.slug):
        yield "slug", "Use 3 to 100 of a-z, 0-9 and -."
    elif connection.slug in RESERVED_SLUGS:
        yield "slug", f"{connection.slug!r} is part of the console's own addresses; choose another."
    if len(connection.label) > MAX_LABEL:
        yield "label", f"At most {MAX_LABEL} characters."
    if connection.color not in COLORS:
        yield "color", f"One of {', '.join(COLORS)}."
    if len(connection.notes) > MAX_NOTES:
        yield "notes", f"At most {MAX_NOTES} characters."


def _place_problems(connection: Connection) -> Iterator[tuple[str, str]]:
    if not TABLE_NAME.fullmatch(connection.table):
        yield (
            "table",
            "DynamoDB's table names have 3 to 255 of a-z, A-Z, 0-9, _ - and the full stop.",
        )
    if connection.endpoint:
        problem = endpoint_problem(connection.endpoint)
        if problem:
            yield "endpoint", problem
        if not ANY_REGION.fullmatch(connection.region):
            yield (
                "region",
                f"{connection.region!r} is not a region's name; one looks like eu-west-1.",
            )
    elif not REGION.fullmatch(connection.region):
        yield "region", f"{connection.region!r} is not a region's name; one looks like eu-west-1."
    elif partition_of(connection.region) is None:
        yield "region", unknown_region_message(connection.region)


def _soketi_problems(connection: Connection) -> Iterator[tuple[str, str]]:
    version = parse_version(connection.soketi_version)
    if version is None or not OLDEST_SOKETI <= version[:2] <= NEWEST_SOKETI:
        yield "soketi_version", "A version of soketi from 0.2 to 1.6, such as 1.6.1."
    for field, url, schemes in (
        ("soketi_url", connection.soketi_url, ("http", "https", "ws", "wss")),
        ("metrics_url", connection.metrics_url, ("http", "https")),
    ):
        problem = endpoint_problem(url, schemes=schemes) if url else ""
        if problem:
            yield field, problem


def parse_version(text: str) -> tuple[int, int, int] | None:
    """The numbers of `1.6` or `1.6.1`; None for anything else."""
    match = VERSION.fullmatch(text)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def _credential_problems(credentials: Credentials, prefix: str = "") -> Iterator[tuple[str, str]]:
    required = REQUIRED_FIELDS[credentials.mode]
    for field, what in required.items():
        if not getattr(credentials, field):
            yield prefix + field, f"This way to sign in needs {what}."
    yield from ((prefix + field, message) for field, message in _role_problems(credentials))
    if credentials.sts_endpoint:
        problem = endpoint_problem(credentials.sts_endpoint)
        if problem:
            yield prefix + "sts_endpoint", problem
    if credentials.mode is not CredentialMode.ASSUME_ROLE:
        return
    base = credentials.base or Credentials()
    if base.mode is CredentialMode.ASSUME_ROLE:
        yield prefix + "base_mode", "A role is assumed from any of the other ways, not from a role."
    else:
        yield from _credential_problems(base, prefix="base_")


def _role_problems(credentials: Credentials) -> Iterator[tuple[str, str]]:
    if credentials.role_arn and not ROLE_ARN.fullmatch(credentials.role_arn):
        yield "role_arn", "A role's ARN looks like arn:aws:iam::123456789012:role/console."
    if credentials.external_id and not EXTERNAL_ID.fullmatch(credentials.external_id):
        yield "external_id", "2 to 1224 of letters, digits and _ + = , . @ : / -."
    if credentials.role_session_name and not SESSION_NAME.fullmatch(credentials.role_session_name):
        yield "role_session_name", "2 to 64 of letters, digits and _ + = , . @ -."
    if not 900 <= credentials.role_duration <= 43200:
        yield "role_duration", "900 to 43200 seconds."


REQUIRED_FIELDS: dict[CredentialMode, dict[str, str]] = {
    CredentialMode.DEFAULT_CHAIN: {},
    CredentialMode.PROFILE: {"profile": "the profile's name"},
    CredentialMode.STATIC: {
        "access_key_id": "an access key id",
        "secret_access_key": "a secret access key",
    },
    CredentialMode.CONTAINER_OR_INSTANCE: {},
    CredentialMode.ASSUME_ROLE: {"role_arn": "the ARN of the role"},
    CredentialMode.WEB_IDENTITY: {},
}
