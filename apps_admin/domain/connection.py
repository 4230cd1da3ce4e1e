"""A named DynamoDB account, region and table, and how to sign in to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

DEFAULT_TABLE = "apps"
DEFAULT_REGION = "us-east-1"
KEY_INDEX = "AppKeyIndex"
LATEST_SOKETI = "1.6.1"


class CredentialMode(StrEnum):
    """Where the credentials come from."""

    DEFAULT_CHAIN = "default-chain"
    PROFILE = "profile"
    STATIC = "static"
    CONTAINER_OR_INSTANCE = "container-or-instance"
    ASSUME_ROLE = "assume-role"
    WEB_IDENTITY = "web-identity"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """One credential mode and what it needs. Secret parts never appear in `repr`."""

    mode: CredentialMode = CredentialMode.DEFAULT_CHAIN
    profile: str = ""
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    role_arn: str = ""
    external_id: str = field(default="", repr=False)
    role_session_name: str = ""
    role_duration: int = 3600
    sts_endpoint: str = ""
    web_identity_token_file: str = ""
    base: Credentials | None = None


class ConnectionSource(StrEnum):
    """Where a connection is defined; only those in SQL can be edited on the pages."""

    ENVIRONMENT = "environment"
    EMBEDDED = "embedded"
    FILE = "file"
    SQL = "sql"


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One connection. `endpoint` is empty for AWS's own.

    `without_secrets`: AWS lets it read everything but secrets (the policy `console-viewer-no-secret`), so every read
    names its attributes. Such a connection is read-only, whatever else was said.
    """

    slug: str
    label: str = ""
    color: str = "blue"
    table: str = DEFAULT_TABLE
    region: str = DEFAULT_REGION
    endpoint: str = ""
    protected: bool = False
    read_only: bool = False
    without_secrets: bool = False
    reason_required: bool = False
    second_factor_required: bool = False
    soketi_version: str = LATEST_SOKETI
    soketi_url: str = ""
    metrics_url: str = ""
    notes: str = ""
    credentials: Credentials = field(default_factory=Credentials)
    source: ConnectionSource = ConnectionSource.ENVIRONMENT

    def __post_init__(self) -> None:
        if self.without_secrets:
            object.__setattr__(self, "read_only", True)

    @property
    def name(self) -> str:
        """What people read: the label, else the slug."""
        return self.label or self.slug

    @property
    def account(self) -> str:
        """What tells AWS accounts apart without asking AWS: the role's account, the profile, or the access key.

        Empty for the console's own sign-in, of which there is one.
        """
        own = self.credentials
        of_role = own.role_arn.partition("::")[2].partition(":")[0]
        return of_role or own.profile or own.access_key_id

    @property
    def place(self) -> str:
        """Endpoint, account, region and table: the name space in which ids and keys must be unique."""
        return f"{self.endpoint or 'aws'}|{self.account}|{self.region}|{self.table}"
