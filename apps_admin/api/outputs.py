"""What the API answers with: the schemas of the OpenAPI document. Answers are built by `api/shapes.py`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """What went wrong (RFC 9457), and the next step."""

    type: str
    title: str
    status: int
    code: str = Field(description="Stable, for programs.")
    detail: str
    hint: str = ""
    request_id: str
    errors: dict[str, list[str]] | None = Field(default=None, description="Per field of the body.")
    versions: dict[str, Any] | None = Field(
        default=None, description="After a stale If-Match: the version sent, and the stored one."
    )


class Limits(BaseModel):
    """What is stored. null: the server's default."""

    max_connections: float | None
    max_backend_events_per_second: float | None
    max_client_events_per_second: float | None
    max_read_requests_per_second: float | None
    max_presence_members_per_channel: float | None
    max_presence_member_size_in_kb: float | None
    max_channel_name_length: float | None
    max_event_channels_at_once: float | None
    max_event_name_length: float | None
    max_event_payload_in_kb: float | None
    max_event_batch_size: float | None


class EffectiveLimit(BaseModel):
    """A limit as soketi enforces it, and where it comes from."""

    value: float | str = Field(description='A number, "unlimited" or "blocked".')
    source: str = Field(description='"record", "default", or the alias that wins.')


class EffectiveWebhook(BaseModel):
    """What soketi does with one webhook."""

    index: int
    verdict: Literal["kept", "ignored", "lethal"]
    reason: str


class Effective(BaseModel):
    """What soketi makes of the record."""

    found: bool
    reason: str
    accepts_connections: bool
    enabled: bool
    client_messages: bool
    user_authentication: bool
    limits: dict[str, EffectiveLimit]
    webhooks: list[EffectiveWebhook]


class Finding(BaseModel):
    """One fault of a record."""

    code: str
    severity: Literal["error", "warning", "note"]
    message: str
    effect: str
    attribute: str
    index: int | None
    fixes: list[str]


class App(BaseModel):
    """One app. Secrets in webhooks are masked; a masked value that is sent back stands for the stored one."""

    id: str
    key: str
    secret: str | None = Field(default=None, description="Only on create, rotate and reveal.")
    enabled: bool
    enable_client_messages: bool
    enable_user_authentication: bool
    limits: Limits
    webhooks: list[Any] | None = Field(
        description="null: what is stored is no list; see the findings."
    )
    unknown_attributes: dict[str, Any] = Field(description="DynamoDB JSON, secrets masked.")
    revision: str = Field(description="For If-Match.")
    effective: Effective
    findings: list[Finding]


class Difference(BaseModel):
    """One attribute that differs, as masked DynamoDB JSON."""

    attribute: str
    field: str
    kind: Literal["added", "removed", "changed"]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    is_secret: bool


class Change(BaseModel):
    """What a write did, or with dry_run would do."""

    changed: bool
    dry_run: bool
    operation_id: str = Field(description="In the audit log; empty after a dry run.")
    differences: list[Difference]
    app: App | None = Field(description="The app as it is now; null when it is gone.")


class RevealedSecret(BaseModel):
    """A secret; that it was revealed is in the audit log. An answer sent again has it no more."""

    id: str
    secret: str | None = None
    operation_id: str


class Count(BaseModel):
    """How many; not exact means at least."""

    number: int
    is_exact: bool


class IndexedApp(BaseModel):
    """One app as the app index knows it."""

    id: str
    key: str
    label: str
    state: Literal["enabled", "disabled", "not-found"]
    accepts_connections: bool
    client_messages: bool
    user_authentication: bool
    limits: dict[str, float | str]
    webhook_count: int
    webhook_hosts: list[str]
    webhook_events: list[str]
    findings: list[str]
    shares_key: bool
    revision: str
    path: str


class Freshness(BaseModel):
    """How old the list is. While `is_building`, it may lack apps."""

    as_of: str | None
    is_building: bool
    is_refreshing: bool
    problem: str


class AppList(BaseModel):
    """One page of apps, from the app index."""

    apps: list[IndexedApp]
    count: Count
    total: Count
    next_cursor: str
    previous_cursor: str
    index: Freshness


class Connection(BaseModel):
    """Where apps are kept. Nothing of its credentials but how they are found."""

    slug: str
    revision: str
    name: str
    table: str
    region: str
    endpoint: str
    protected: bool
    read_only: bool
    without_secrets: bool
    reason_required: bool
    soketi_version: str
    soketi_url: str
    credentials: str
    source: str
    role: str
    reveals_secrets: bool


class ConnectionDifference(BaseModel):
    """A field that differs; secrets as fingerprints."""

    field: str
    before: Any
    after: Any


class ConnectionChange(BaseModel):
    """What a write did to a connection, or would do. `connection` is null when it is gone."""

    changed: bool
    dry_run: bool
    differences: list[ConnectionDifference]
    connection: Connection | None


class ConnectionList(BaseModel):
    """The connections this token may see."""

    connections: list[Connection]


class Report(BaseModel):
    """A connection test, step by step."""

    steps: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]


class EnvironmentFile(BaseModel):
    """One file to copy."""

    format: str
    filename: str
    text: str


class Environment(BaseModel):
    """soketi's environment for a connection, without secrets."""

    variables: dict[str, str]
    notes: list[str]
    files: list[EnvironmentFile]


class Webhooks(BaseModel):
    """An app's webhooks as they are stored, masked, and what soketi does with each."""

    webhooks: list[Any] | None
    effective: list[EffectiveWebhook]
    revision: str


class WebhookProblem(BaseModel):
    """One problem of webhooks; an error cannot be saved."""

    severity: Literal["error", "warning"]
    code: str
    message: str
    line: int
    column: int
    path: str
    index: int | None


class LintReport(BaseModel):
    """Every problem found."""

    problems: list[WebhookProblem]
    can_be_saved: bool


class Delivery(BaseModel):
    """One test delivery and what the receiver answered."""

    id: str
    sent_at: str
    webhook: int
    target: str
    event: str
    channel: str
    outcome: str
    succeeded: bool
    status: int
    failure: str
    answer: str
    seconds: float
    resent_from: str


class DeliveryList(BaseModel):
    """The deliveries that are kept, newest first."""

    deliveries: list[Delivery]


class Operation(BaseModel):
    """One line of the audit log. Secrets are kept as fingerprints."""

    operation_id: str
    action: str
    outcome: str
    started_at: str
    ended_at: str | None
    actor: dict[str, str]
    connection: str
    target: str
    reason: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    parent_id: str
    request_id: str
    details: dict[str, Any]
    undo: str | None = Field(
        default=None, description="Why it cannot be undone; empty when it can. One operation only."
    )


class OperationList(BaseModel):
    """Operations, newest first. `next_before` continues the list."""

    operations: list[Operation]
    next_before: int | None


class Verification(BaseModel):
    """Whether the audit log is as it was written."""

    intact: bool
    first: int
    last: int
    entries: int
    head: dict[str, Any]
    first_break: dict[str, Any] | None
    open_operations: list[dict[str, Any]]


class Version(BaseModel):
    """An earlier state of an app that can be restored."""

    operation_id: str
    side: str
    action: str
    actor: str
    recorded_at: str
    expires_at: str
    differences: list[Difference]


class VersionList(BaseModel):
    """Earlier states, newest first."""

    versions: list[Version]


class Job(BaseModel):
    """Long work on apps. It waits as a preview until it is started; `counts` has the outcomes of its apps."""

    id: str
    title: str
    is_preview: bool
    state: Literal["waiting", "running", "succeeded", "failed", "stopped"]
    is_stopping: bool
    message: str
    done: int
    failed: int
    total: int | None
    counts: dict[str, int]
    reason: str
    operation_id: str = Field(description="The parent of each app's operation in the audit log.")
    created_at: str
    finished_at: str | None


class JobList(BaseModel):
    """Jobs, newest first."""

    jobs: list[Job]


class JobApp(BaseModel):
    """What is expected of, or came of, one app of a job."""

    position: int
    id: str
    expected: str
    outcome: str
    message: str
    operation_id: str


class JobResults(BaseModel):
    """Some apps of a job. `next_after` continues the list."""

    apps: list[JobApp]
    next_after: int | None


class DeletedApp(BaseModel):
    """A deleted app that can be restored."""

    id: str
    operation_id: str
    deleted_at: str
    actor: str


class DeletedAppList(BaseModel):
    """Deleted apps, as far as the vault keeps them."""

    apps: list[DeletedApp]
    next_before: int | None


class Grant(BaseModel):
    """What the token may do on one connection."""

    role: str
    reveals_secrets: bool
    actions: list[str]


class Me(BaseModel):
    """What this token may do, and where."""

    id: str
    name: str
    connections: dict[str, Grant]


class FindingCount(BaseModel):
    """How many apps have a finding."""

    code: str
    severity: Literal["error", "warning", "note"]
    title: str
    effect: str
    number: int


class FindingCounts(BaseModel):
    """What is wrong with the apps of a connection, by finding, from the app index; and with the table itself."""

    counts: list[FindingCount]
    table: list[Finding]
    index: Freshness
