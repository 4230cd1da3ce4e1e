"""Everything that can go wrong, as the operator should hear it.

The tree (interfaces map the inner nodes to HTTP answers, see `apps_admin/middleware.py`)::

    ConsoleError                      message for the operator + hint (the next step) + code
    ├── NotFoundError                 404
    │   ├── AppNotFoundError
    │   ├── ConnectionNotFoundError
    │   └── TableNotFoundError        the apps table itself is missing
    ├── TokenRefusedError             401  no API token, or one that is not valid
    ├── DeniedError                   403  this actor may not do this here
    │   ├── ReadOnlyConnectionError
    │   └── SecondFactorRequiredError the connection asks for a second factor, and this sign-in had none
    ├── ConflictError                 409  (412 when an If-Match was sent)
    │   ├── AppConflictError          the app changed since it was read; carries the stored item
    │   ├── ConnectionConflictError   the connection changed since it was read; carries what is stored
    │   ├── AppExistsError            the id is taken
    │   ├── KeyTakenError             the id or key is taken by another app, or claimed right now
    │   ├── AppNotDisabledError       an app is deleted only after it was disabled
    │   └── UndoRefusedError          this change cannot be undone, or not any more
    ├── ValidationError               422  {field: [messages]}
    │   └── RefusedTargetError        the outbound guard does not let the console send there
    ├── CredentialsError              502  AWS did not accept the credentials
    │   ├── CredentialsMissingError   there are none
    │   └── AccessDeniedError         AWS denied one action
    ├── UnavailableError              503, with retry_after seconds
    │   ├── ThrottledError
    │   ├── TooManyRequestsError      429  this actor does this more often than the console allows
    │   ├── UnreachableError
    │   ├── ConnectionsFileError      the file that declares connections cannot be used
    │   └── RecordsUnavailableError   the console's own SQL database is down: nothing was written
    │       ├── OutcomeNotRecordedError   the change was written, only its last audit entry is missing yet
    │       ├── AuditKeyError         `AUDIT_KEY` is missing or not the one that made the log: nothing was written
    │       ├── AuditBrokenError      the head of the audit log was tampered with: nothing was written
    │       └── VaultKeyError         `VAULT_KEYS` is missing or does not open what the vault holds
    └── StoreError                    502  any other answer of DynamoDB; carries its code and request id
        └── IndexNotFoundError        `AppKeyIndex` is missing

No message, hint or attribute of an error ever carries a secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from apps_admin.domain.connection import Connection
from apps_admin.domain.item import RawItem


class ConsoleError(Exception):
    """Base of every error the console raises on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotFoundError(ConsoleError):
    """What was asked for does not exist."""

    code = "not_found"


class AppNotFoundError(NotFoundError):
    """No item with this AppId is in the table."""

    code = "app_not_found"


class ConnectionNotFoundError(NotFoundError):
    """No connection has this slug, or this actor may not see it."""

    code = "connection_not_found"


class TableNotFoundError(NotFoundError):
    """The connection's table does not exist in its account and region."""

    code = "table_not_found"


class TokenRefusedError(ConsoleError):
    """The request carries no API token, or one that is unknown, expired or revoked."""

    code = "unauthenticated"


class DeniedError(ConsoleError):
    """This actor may not do this action on this connection."""

    code = "denied"


class ReadOnlyConnectionError(DeniedError):
    """The connection is declared read-only."""

    code = "connection_read_only"


class SecondFactorRequiredError(DeniedError):
    """The connection requires a second factor, and this actor signed in without one."""

    code = "second_factor_required"


class ConflictError(ConsoleError):
    """The state of the table does not allow the change."""

    code = "conflict"


class AppConflictError(ConflictError):
    """The app changed since it was read. `stored` is the item as it is now, None when it was deleted."""

    code = "app_conflict"

    def __init__(self, message: str, *, hint: str = "", stored: RawItem | None = None) -> None:
        super().__init__(message, hint=hint)
        self.stored = stored


class ConnectionConflictError(ConflictError):
    """The connection changed since it was read. `stored` is what it is now."""

    code = "connection_conflict"

    def __init__(self, message: str, *, hint: str = "", stored: Connection) -> None:
        super().__init__(message, hint=hint)
        self.stored = stored


class AppExistsError(ConflictError):
    """An app with this id is already in the table."""

    code = "app_exists"


class KeyTakenError(ConflictError):
    """The id or key (`field` says which) is the id or key of another app, or is being created right now."""

    code = "key_taken"

    def __init__(self, message: str, *, hint: str = "", field: str = "key") -> None:
        super().__init__(message, hint=hint)
        self.field = field


class AppNotDisabledError(ConflictError):
    """The app is enabled for soketi, and deleting it now could shut soketi down for everybody."""

    code = "app_not_disabled"


class UndoRefusedError(ConflictError):
    """This change cannot be undone or this state not restored; the message says why."""

    code = "undo_refused"


class ValidationError(ConsoleError):
    """What was asked for breaks a rule. `errors` maps a field name to its messages."""

    code = "invalid"

    def __init__(
        self, errors: Mapping[str, Sequence[str]], *, message: str = "", hint: str = ""
    ) -> None:
        super().__init__(
            message or "; ".join(text for texts in errors.values() for text in texts), hint=hint
        )
        self.errors = {field: list(texts) for field, texts in errors.items()}


class RefusedTargetError(ValidationError):
    """The console does not send requests to this address."""

    code = "target_refused"


class CredentialsError(ConsoleError):
    """AWS did not accept the credentials, or there are none."""

    code = "credentials"


class CredentialsMissingError(CredentialsError):
    """No credentials were found."""


class AccessDeniedError(CredentialsError):
    """AWS denied one action. `action` is its IAM name, e.g. `dynamodb:PutItem`, where known."""

    code = "access_denied"

    def __init__(self, message: str, *, hint: str = "", action: str = "") -> None:
        super().__init__(message, hint=hint)
        self.action = action


class UnavailableError(ConsoleError):
    """Something does not answer now; `retry_after` is in seconds."""

    code = "unavailable"

    def __init__(self, message: str, *, hint: str = "", retry_after: int = 5) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class ThrottledError(UnavailableError):
    """DynamoDB throttled the request, also after the bounded retries."""

    code = "throttled"


class TooManyRequestsError(UnavailableError):
    """This actor does this more often than the console allows."""

    code = "too_many_requests"


class UnreachableError(UnavailableError):
    """The DynamoDB endpoint did not answer in time."""

    code = "unreachable"


class ConnectionsFileError(UnavailableError):
    """`CONNECTIONS_FILE` cannot be read or breaks a rule; no connection is guessed in its place."""

    code = "connections_file"


class RecordsUnavailableError(UnavailableError):
    """The console's own database is down, so nothing can be audited and nothing was written."""

    code = "records_unavailable"


class OutcomeNotRecordedError(RecordsUnavailableError):
    """DynamoDB was written, but the outcome could not be recorded; reconciliation completes it."""

    code = "outcome_not_recorded"


class AuditKeyError(RecordsUnavailableError):
    """`AUDIT_KEY` is missing, or is not the key that made the audit log. Nothing was written."""

    code = "audit_key"


class AuditBrokenError(RecordsUnavailableError):
    """The head of the audit log does not carry its own seal: it was tampered with. Nothing was written."""

    code = "audit_broken"


class VaultKeyError(RecordsUnavailableError):
    """`VAULT_KEYS` is missing, or holds no key that opens what the vault holds."""

    code = "vault_key"


class StoreError(ConsoleError):
    """Any other answer of DynamoDB. `aws_code` and `request_id` are AWS's own."""

    code = "store_error"

    def __init__(
        self, message: str, *, hint: str = "", aws_code: str = "", request_id: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.aws_code = aws_code
        self.request_id = request_id


class IndexNotFoundError(StoreError):
    """The table has no `AppKeyIndex` that can be queried."""

    code = "index_not_found"
