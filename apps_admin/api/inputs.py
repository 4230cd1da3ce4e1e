"""What programs may send. Strict: no text for a number, no 0 for false, no name that is not known."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from apps_admin.domain.app import UNSET, AppEdit, Maybe, NewApp
from apps_admin.domain.bulk import BulkChange, BulkKind
from apps_admin.domain.connection import (
    DEFAULT_REGION,
    DEFAULT_TABLE,
    LATEST_SOKETI,
    Connection,
    CredentialMode,
    Credentials,
)
from apps_admin.domain.credentials import new_app_id, new_app_key, new_app_secret
from apps_admin.domain.fields import Flag
from apps_admin.domain.finding import FixMode
from apps_admin.domain.item import AttributeValue
from apps_admin.domain.limits import Limit
from apps_admin.domain.table import TableKind
from apps_admin.domain.transfer import WRITABLE

Text = Annotated[str, Field(max_length=2048)]
Reason = Annotated[str, Field(default="", description="Why, for the audit log.")]
Confirm = Annotated[
    str,
    Field(
        max_length=2048,
        description="The app's id once more, where a protected connection would take something away.",
    ),
]
Number = Annotated[float, Field(allow_inf_nan=False)]
# The audit log is numbered in 64 bits.
Position = Annotated[int, Field(ge=1, le=2**62)]
LimitValue = int | Number | None
_MODES = tuple(mode.value for mode in CredentialMode)
_BULK_KINDS = tuple(kind.value for kind in BulkKind)
_LIMITS = tuple(limit.value for limit in Limit)
_FLAGS = (Flag.CLIENT_MESSAGES.value, Flag.USER_AUTHENTICATION.value)
_WRITABLE = tuple(WRITABLE)
_KINDS = tuple(kind.value for kind in TableKind)


class Asked(BaseModel):
    """Base of every body."""

    model_config = ConfigDict(strict=True, extra="forbid")


class LimitsIn(Asked):
    """Limits to set. null is the server's default, -1 unlimited where soketi knows that."""

    max_connections: LimitValue = None
    max_backend_events_per_second: LimitValue = None
    max_client_events_per_second: LimitValue = None
    max_read_requests_per_second: LimitValue = None
    max_presence_members_per_channel: LimitValue = None
    max_presence_member_size_in_kb: LimitValue = None
    max_channel_name_length: LimitValue = None
    max_event_channels_at_once: LimitValue = None
    max_event_name_length: LimitValue = None
    max_event_payload_in_kb: LimitValue = None
    max_event_batch_size: LimitValue = None

    def to_limits(self) -> dict[Limit, Decimal | None]:
        """The limits that were sent."""
        sent = {Limit(name): getattr(self, name) for name in self.model_fields_set}
        return {
            limit: None if value is None else Decimal(str(value)) for limit, value in sent.items()
        }


class AppIn(Asked):
    """An app to create. Id, key and secret are generated where they are not given."""

    id: Text | None = None
    key: Text | None = None
    secret: Text | None = Field(default=None, repr=False)
    enabled: bool = True
    enable_client_messages: bool = False
    enable_user_authentication: bool = False
    limits: LimitsIn = LimitsIn()
    webhooks: list[Any] | None = Field(default=None, repr=False)
    unknown_attributes: dict[str, Any] = Field(
        default={}, repr=False, description="Attributes soketi does not read, as DynamoDB JSON."
    )
    reason: Reason = ""

    def to_new_app(self, webhooks_text: str | None, unknown: dict[str, AttributeValue]) -> NewApp:
        """What the service creates."""
        return NewApp(
            id=new_app_id() if self.id is None else self.id,
            key=new_app_key() if self.key is None else self.key,
            secret=new_app_secret() if self.secret is None else self.secret,
            is_enabled=self.enabled,
            allows_client_messages=self.enable_client_messages,
            requires_user_authentication=self.enable_user_authentication,
            limits=self.limits.to_limits(),
            webhooks_text=webhooks_text,
            unknown=unknown,
        )


class AppEditIn(Asked):
    """What to change. A field that is absent stays; null removes limits, webhooks and unknown attributes."""

    key: Text = Field(default="", description="Only for an app that has none: keys are fixed.")
    enabled: bool = True
    enable_client_messages: bool = False
    enable_user_authentication: bool = False
    limits: LimitsIn = LimitsIn()
    webhooks: list[Any] | None = Field(default=None, repr=False)
    unknown_attributes: dict[str, None] = Field(
        default={}, description="Attributes to remove, each with null."
    )
    reason: Reason = ""
    confirm: Confirm = ""

    def to_edit(self, webhooks_text: Maybe[str | None]) -> AppEdit:
        """The edit with the fields that were sent."""
        return AppEdit(
            key=self._sent("key"),
            is_enabled=self._sent("enabled"),
            allows_client_messages=self._sent("enable_client_messages"),
            requires_user_authentication=self._sent("enable_user_authentication"),
            limits=self.limits.to_limits(),
            webhooks_text=webhooks_text,
            removed=tuple(self.unknown_attributes),
        )

    def _sent(self, name: str) -> Any:
        return getattr(self, name) if name in self.model_fields_set else UNSET


class ReasonIn(Asked):
    """Why."""

    reason: Reason = ""


class ConfirmIn(ReasonIn):
    """A change that takes something away from clients or servers."""

    confirm: Confirm = ""


class StartIn(ReasonIn):
    """The last word on a job."""

    confirm: Text = Field(
        default="", description="How many apps change, on a protected connection."
    )


class RotateIn(ConfirmIn):
    """Another secret: this one, or a generated one."""

    secret: Text = Field(default="", repr=False)


class RestoreIn(ConfirmIn):
    """An earlier state: the one before or after an operation."""

    operation_id: Annotated[str, Field(max_length=64)]
    side: Literal["before", "after"] = "before"


class UndoIn(ConfirmIn):
    """`drained` is needed where undoing means deleting: no client is connected any more."""

    drained: bool = False


class WebhooksIn(Asked):
    """All webhooks of an app, in place of those it has."""

    webhooks: list[Any] | None = Field(repr=False)
    reason: Reason = ""


class LintIn(Asked):
    """Webhooks as text, to be checked."""

    text: Annotated[str, Field(max_length=400_000, repr=False)]


class WebhookTestIn(Asked):
    """One test delivery: which webhook (from 0), which event, about which channel."""

    webhook: Annotated[int, Field(ge=0, le=10_000)]
    event: Literal[
        "channel_occupied",
        "channel_vacated",
        "member_added",
        "member_removed",
        "client_event",
        "cache_miss",
    ]
    channel: Annotated[str, Field(max_length=200)] = ""
    reason: Reason = ""


class FixIn(ConfirmIn):
    """Which finding to mend, as the app's findings name it, and how."""

    code: Annotated[str, Field(max_length=80)]
    mode: Literal["as-read", "as-meant"] = "as-read"
    attribute: Annotated[str, Field(max_length=255)] = ""
    index: int | None = None


class CredentialsIn(Asked):
    """How the console signs in to AWS. A secret access key or session token that is absent stays as it is stored."""

    mode: Literal[_MODES] = CredentialMode.DEFAULT_CHAIN.value  # type: ignore[valid-type]
    profile: Text = ""
    access_key_id: Text = ""
    secret_access_key: Text = Field(default="", repr=False)
    session_token: Annotated[str, Field(max_length=8192, repr=False)] = ""
    role_arn: Text = ""
    external_id: Text = Field(default="", repr=False)
    role_session_name: Text = ""
    role_duration: Annotated[int, Field(ge=900, le=43200)] = 3600
    sts_endpoint: Text = ""
    web_identity_token_file: Text = ""
    base: CredentialsIn | None = None

    def to_credentials(self) -> Credentials:
        """As the console keeps them."""
        given = self.model_dump(exclude={"base", "mode"})
        base = None if self.base is None else self.base.to_credentials()
        return Credentials(mode=CredentialMode(self.mode), base=base, **given)


class ConnectionEditIn(Asked):
    """What to change of a connection; a field that is absent stays."""

    label: Annotated[str, Field(max_length=200)] = ""
    color: Annotated[str, Field(max_length=20)] = "blue"
    table: Annotated[str, Field(max_length=255)] = DEFAULT_TABLE
    region: Annotated[str, Field(max_length=63)] = DEFAULT_REGION
    endpoint: Text = ""
    protected: bool = False
    read_only: bool = False
    without_secrets: bool = False
    reason_required: bool = False
    second_factor_required: bool = False
    soketi_version: Annotated[str, Field(max_length=20)] = LATEST_SOKETI
    soketi_url: Text = ""
    metrics_url: Text = ""
    notes: Annotated[str, Field(max_length=5000)] = ""
    credentials: CredentialsIn = CredentialsIn()

    def applied_to(self, connection: Connection) -> Connection:
        """The connection with the fields that were sent."""
        sent = {name: getattr(self, name) for name in self.model_fields_set if name != "slug"}
        if "credentials" in sent:
            sent["credentials"] = self.credentials.to_credentials()
        return replace(connection, **sent)


class ConnectionIn(ConnectionEditIn):
    """A connection to keep."""

    slug: Annotated[str, Field(max_length=100)]


class DocumentIn(Asked):
    """A document to write. `options` are the flags of the command, without dashes, each with its texts."""

    options: dict[str, list[Annotated[str, Field(max_length=2048)]]] = {}


class SchemaIn(DocumentIn):
    """A table's schema in one format."""

    format: Annotated[str, Field(max_length=40)]
    kind: Literal[_KINDS] = TableKind.APPS.value  # type: ignore[valid-type]
    imports: bool = Field(default=False, description="What takes over a table that already exists.")


class PolicyIn(DocumentIn):
    """An IAM policy for one purpose."""

    purpose: Annotated[str, Field(max_length=40)]
    format: Annotated[str, Field(max_length=40)] = "json"


class BulkIn(Asked):
    """One change for many apps: those named in `ids`, or all that the list's filters in `query` find."""

    kind: Literal[_BULK_KINDS]  # type: ignore[valid-type]
    ids: list[Text] | None = None
    query: dict[str, Annotated[str, Field(max_length=200)]] | None = Field(
        default=None, description="The parameters of the list; {} means every app."
    )
    limit: Literal[_LIMITS] | None = None  # type: ignore[valid-type]
    value: LimitValue = None
    flag: Literal[_FLAGS] | None = None  # type: ignore[valid-type]
    is_on: bool = False
    url: Text = Field(default="", repr=False)
    webhook: dict[str, Any] | None = Field(default=None, repr=False)
    codes: list[Annotated[str, Field(max_length=80)]] = []
    mode: Literal["as-read", "as-meant"] = "as-read"
    drained: bool = False

    def to_change(self) -> BulkChange:
        """The change."""
        return BulkChange(
            kind=BulkKind(self.kind),
            limit=None if self.limit is None else Limit(self.limit),
            value=None if self.value is None else Decimal(str(self.value)),
            flag=None if self.flag is None else Flag(self.flag),
            is_on=self.is_on,
            url=self.url,
            webhook="" if self.webhook is None else json.dumps(self.webhook),
            codes=tuple(self.codes),
            mode=FixMode(self.mode),
        )


class ExportIn(Asked):
    """A file of apps: all of them, or those the list's filters in `query` find."""

    format: Literal[_WRITABLE]  # type: ignore[valid-type]
    query: dict[str, Annotated[str, Field(max_length=200)]] | None = Field(
        default=None, description="The parameters of the list; absent means every app."
    )
    with_secrets: bool = False
    reason: Reason = ""


class PolicyCheckIn(DocumentIn):
    """A policy to hold against a purpose."""

    purpose: Annotated[str, Field(max_length=40)]
    policy: Annotated[str, Field(max_length=100_000)]
