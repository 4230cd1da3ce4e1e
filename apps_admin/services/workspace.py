"""The one door to the apps of a connection: whoever comes, and whatever they do, passes here.

`workspace.apps` only reads. What writes exists only inside `with workspace.operation(...) as operation:`, which
authorizes, commits "started" before DynamoDB is touched, and records exactly one outcome.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NoReturn

from django.db import transaction

from apps_admin.aws.app_repository import open_app_repository
from apps_admin.domain.actions import SECRET_USES, TABLE_WRITES, Action
from apps_admin.domain.actor import Actor, ActorKind
from apps_admin.domain.audit import Outcome
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import (
    ConnectionNotFoundError,
    DeniedError,
    KeyTakenError,
    ReadOnlyConnectionError,
    RecordsUnavailableError,
    SecondFactorRequiredError,
    ValidationError,
)
from apps_admin.domain.repository import AppReader, AppRepository
from apps_admin.services.audit import (
    MAXIMUM_REASON,
    Doing,
    Ending,
    Origin,
    append_entry,
    append_start,
    records_answering,
)
from apps_admin.services.claims import claim_keys, release_settled_claims
from apps_admin.services.connections import get_connection
from apps_admin.services.operation import Operation, ReadOnlyApps, end_operation, ending_of_error

__all__ = ["Operation", "Origin", "Workspace", "open_workspace"]

logger = logging.getLogger(__name__)


def open_workspace(slug: str, actor: Actor, *, origin: Origin | None = None) -> Workspace:
    """The workspace of an actor in a connection.

    Raises ConnectionNotFoundError when there is no such connection or the actor has no role there: the answer is the
    same, so that nobody can find out what connections exist. Raises SecondFactorRequiredError, and records it, when the
    connection asks for a second factor and this person signed in without one.
    """
    if actor.grant_on(slug) is None:
        raise ConnectionNotFoundError(
            f"There is no connection {slug!r}.", hint="Choose one of your connections."
        )
    workspace = Workspace(connection=get_connection(slug), actor=actor, origin=origin or Origin())
    if (
        workspace.connection.second_factor_required
        and actor.kind is ActorKind.PERSON
        and not actor.has_second_factor
    ):
        workspace.refuse_without_second_factor()
    return workspace


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """One actor in one connection."""

    connection: Connection
    actor: Actor
    origin: Origin = field(default_factory=Origin)
    open_store: Callable[[Connection], AppRepository] = open_app_repository

    @property
    def apps(self) -> AppReader:
        """The connection's apps, to read. Raises DeniedError for an actor that may not."""
        self.require(Action.APP_VIEW)
        return ReadOnlyApps(self.open_store(self.connection))

    def may(self, action: Action) -> bool:
        """Whether this actor may do this here, and the connection takes it: what decides about buttons."""
        if action in TABLE_WRITES and self.connection.read_only:
            return False
        if action in SECRET_USES and self.connection.without_secrets:
            return False
        return self.actor.may(action, self.connection.slug)

    def require(self, action: Action) -> None:
        """Raises DeniedError when this actor may not do this here, ReadOnlyConnectionError when nobody may."""
        if not self.actor.may(action, self.connection.slug):
            raise DeniedError(
                f"{self.actor.name} may not {action.value} on {self.connection.name}.",
                hint="Ask an administrator of this connection for the role that may.",
            )
        if action in SECRET_USES and self.connection.without_secrets:
            raise DeniedError(
                f"{self.connection.name} may not read secrets, by its IAM policy.",
                hint="Use a connection with another policy, or take the secret from where it was made.",
            )
        if action in TABLE_WRITES and self.connection.read_only:
            raise ReadOnlyConnectionError(
                f"{self.connection.name} is read-only. Nothing was changed.",
                hint="An administrator can make the connection writable in its settings.",
            )

    def authorize(self, action: Action, target: str = "", doing: Doing | None = None) -> None:
        """Raises DeniedError when this actor may not do this here, and records the refusal."""
        try:
            self.require(action)
        except DeniedError as denied:
            refused = doing or self._doing(action, target)
            append_entry(refused, Ending(outcome=Outcome.DENIED, details={"error": denied.code}))
            raise

    def refuse_without_second_factor(self) -> NoReturn:
        """Raises SecondFactorRequiredError, and records the refusal."""
        append_entry(
            self._doing(Action.CONNECTION_VIEW, self.connection.slug),
            Ending(outcome=Outcome.DENIED, details={"error": SecondFactorRequiredError.code}),
        )
        raise SecondFactorRequiredError(
            f"{self.connection.name} asks for a second factor, and you signed in without one.",
            hint="Add an authenticator app or a passkey; this connection opens at once after that.",
        )

    @contextmanager
    def operation(
        self,
        action: Action,
        app_id: str = "",
        *,
        reason: str = "",
        parent: str | None = None,
        claims: tuple[str, str] | None = None,
    ) -> Iterator[Operation]:
        """Do one action: authorized, "started" committed, then the body, then one outcome.

        `parent` is the operation id of the bulk operation this one belongs to. `claims` is the id and key of an app
        about to be created: taken in the transaction that commits "started". Must not run inside a transaction.
        Raises DeniedError (recorded as denied), ValidationError (reason missing or too long; nothing recorded),
        RecordsUnavailableError (nothing done), and whatever the body raises (recorded as failed).
        """
        doing = self._doing(action, app_id, reason, parent_id=parent or "")
        self.authorize(action, doing.target, doing)
        self._require_reason(doing)
        is_claimed = self._start(doing, claims)
        operation = Operation(
            doing=doing,
            connection=self.connection,
            store=self.open_store(self.connection),
            is_writable=not self.connection.read_only,
        )
        try:
            if claims is not None and not is_claimed:
                self._claim_again(doing, operation.apps, claims)
            yield operation
        except BaseException as error:
            operation.close()
            ending = ending_of_error(operation, error)
            if ending is None:
                logger.warning("operation %s: outcome not known yet", doing.operation_id)
            else:
                _end_quietly(operation, ending)
            raise
        operation.close()
        end_operation(operation, operation.ending(Outcome.SUCCEEDED))

    def writable_store(self, action: Action) -> AppRepository:
        """The store for `services/write_batch.py` alone, which audits what it writes. Raises DeniedError, recorded."""
        self.authorize(action)
        return self.open_store(self.connection)

    def begin(self, action: Action, target: str = "", *, reason: str = "") -> str:
        """Start an operation that ends elsewhere (bulk work in a worker); returns its id for `parent` and `finish`."""
        doing = self._doing(action, target, reason)
        self.authorize(action, doing.target, doing)
        self._require_reason(doing)
        append_start(doing)
        return doing.operation_id

    def finish(
        self,
        operation_id: str,
        action: Action,
        target: str = "",
        *,
        outcome: Outcome,
        reason: str = "",
        **details: object,
    ) -> None:
        """Record the outcome of an operation that `begin` started."""
        doing = replace(self._doing(action, target, reason), operation_id=operation_id)
        append_entry(doing, Ending(outcome=outcome, details=details))

    def _doing(
        self, action: Action, target: str, reason: str = "", *, parent_id: str = ""
    ) -> Doing:
        return Doing(
            actor=self.actor,
            action=action,
            connection=self.connection.slug,
            target=target,
            reason=reason.strip(),
            parent_id=parent_id,
            origin=self.origin,
        )

    def _require_reason(self, doing: Doing) -> None:
        if len(doing.reason) > MAXIMUM_REASON:
            raise ValidationError({"reason": [f"At most {MAXIMUM_REASON} characters."]})
        if self.connection.reason_required and not doing.reason:
            raise ValidationError(
                {"reason": [f"{self.connection.name} asks for a reason for every change."]}
            )

    def _start(self, doing: Doing, claims: tuple[str, str] | None) -> bool:
        """Commit "started", with the claims when they are free. Returns whether they were."""
        if claims is None:
            append_start(doing)
            return True
        app_id, app_key = claims
        try:
            with records_answering(), transaction.atomic(durable=True):
                append_entry(doing, Ending(outcome=Outcome.STARTED))
                claim_keys(self.connection, doing.operation_id, app_id=app_id, app_key=app_key)
        except KeyTakenError:
            append_start(doing)
            return False
        return True

    def _claim_again(self, doing: Doing, apps: AppReader, claims: tuple[str, str]) -> None:
        """Claim once more after giving back what is no longer needed. Raises KeyTakenError."""
        app_id, app_key = claims
        release_settled_claims(self.connection, apps, values=frozenset(claims))
        with records_answering(), transaction.atomic(durable=True):
            claim_keys(self.connection, doing.operation_id, app_id=app_id, app_key=app_key)


def _end_quietly(operation: Operation, ending: Ending) -> None:
    """Record an outcome without hiding the error that led to it."""
    try:
        end_operation(operation, ending)
    except RecordsUnavailableError:
        logger.exception("operation %s: outcome not recorded", operation.id)
