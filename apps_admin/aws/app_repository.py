"""The apps table in DynamoDB: consistent reads, and writes that change exactly what was asked.

Implements `domain.repository.AppRepository`. Every error leaves as one of `domain.errors`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from apps_admin.aws import codec, errors
from apps_admin.aws.expressions import ID_IS_FREE, delete_expressions, update_expressions
from apps_admin.aws.projection import EVERYTHING, SPECIFIC, WITHOUT_SECRETS
from apps_admin.aws.session import client_for
from apps_admin.domain.connection import KEY_INDEX, Connection
from apps_admin.domain.errors import (
    AccessDeniedError,
    AppConflictError,
    AppExistsError,
    AppNotFoundError,
    ReadOnlyConnectionError,
    ThrottledError,
    UnavailableError,
    ValidationError,
)
from apps_admin.domain.fields import SECRET_ATTRIBUTES
from apps_admin.domain.item import AttributeValue, RawItem, same_value
from apps_admin.domain.item_size import item_size, value_size
from apps_admin.domain.repository import KeyMatch, Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_KEY_BYTES = 2048
BATCH_SIZE = 100
BATCH_PAUSES = (0.05, 0.2, 0.8)
CONDITION_FAILED = "ConditionalCheckFailedException"


def open_app_repository(connection: Connection) -> DynamoAppRepository:
    """The apps of a connection. Opening calls nothing; the client is made once per process and reused.

    For a read-only connection no store that writes can be had: every write raises ReadOnlyConnectionError.
    """
    kind = DynamoAppRepository
    if connection.read_only:
        kind = SecretlessAppRepository if connection.without_secrets else ReadOnlyAppRepository
    return kind(client_for(connection), connection.table)


class DynamoAppRepository:
    """The apps of one table, through boto3's low-level client: values are never converted."""

    # What a read asks for beside its key, what Query and Scan add to it, and what thereby stays unread.
    _projection: Mapping[str, Any] = EVERYTHING
    _select: Mapping[str, Any] = EVERYTHING
    _hidden: frozenset[str] = frozenset()

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._place = errors.Place(
            table=table, region=client.meta.region_name, endpoint=client.meta.endpoint_url
        )

    def get(self, app_id: str) -> RawItem:
        """The item with this id, whole. Raises AppNotFoundError."""
        if not _can_be_key(app_id):
            raise _not_found(app_id)
        with self._translated():
            answer = self._client.get_item(
                TableName=self._table, Key=_key(app_id), ConsistentRead=True, **self._projection
            )
        if "Item" not in answer:
            raise _not_found(app_id)
        return self._item(answer["Item"])

    def get_many(self, app_ids: Iterable[str]) -> Mapping[str, RawItem]:
        """The items with these ids; ids that do not exist are left out.

        Without the permission dynamodb:BatchGetItem they are read one by one.
        """
        wanted = [app_id for app_id in dict.fromkeys(app_ids) if _can_be_key(app_id)]
        found: dict[str, RawItem] = {}
        try:
            for start in range(0, len(wanted), BATCH_SIZE):
                for item in self._get_batch(wanted[start : start + BATCH_SIZE]):
                    found[item.app_id] = item
        except AccessDeniedError:
            found = dict(self._get_one_by_one(wanted))
        return {app_id: found[app_id] for app_id in wanted if app_id in found}

    def _get_batch(self, app_ids: list[str]) -> Iterator[RawItem]:
        pending = [_key(app_id) for app_id in app_ids]
        pauses = iter(BATCH_PAUSES)
        while pending:
            wanted: Any = {"Keys": pending, "ConsistentRead": True, **self._projection}
            with self._translated():
                answer = self._client.batch_get_item(RequestItems={self._table: wanted})
            for attributes in answer["Responses"].get(self._table, []):
                yield self._item(attributes)
            left = answer.get("UnprocessedKeys", {})
            rest = [dict(key) for key in left[self._table]["Keys"]] if left else []
            if len(rest) == len(pending):
                self._pause(pauses)
            pending = rest

    def _pause(self, pauses: Iterator[float]) -> None:
        """Wait before asking again for keys of which DynamoDB returned none."""
        pause = next(pauses, None)
        if pause is None:
            raise errors.throttled(self._place)
        time.sleep(pause)

    def _get_one_by_one(self, app_ids: Iterable[str]) -> Iterator[tuple[str, RawItem]]:
        for app_id in app_ids:
            try:
                yield app_id, self.get(app_id)
            except AppNotFoundError:
                continue

    def find_by_key(self, app_key: str) -> tuple[KeyMatch, ...]:
        """Who has this AppKey, from `AppKeyIndex` (eventually consistent; every duplicate, all pages)."""
        if not _can_be_key(app_key):
            return ()
        query: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": KEY_INDEX,
            "KeyConditionExpression": "AppKey = :key",
            "ExpressionAttributeValues": {":key": {"S": app_key}},
            "ProjectionExpression": "AppId, AppKey",
            **self._select,
        }
        matches: list[KeyMatch] = []
        while True:
            with self._translated():
                answer = self._client.query(**query)
            matches += [
                KeyMatch(app_id=item["AppId"]["S"], app_key=item["AppKey"]["S"])
                for item in answer["Items"]
            ]
            if not answer.get("LastEvaluatedKey"):
                return tuple(matches)
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def scan(
        self,
        *,
        cursor: Mapping[str, AttributeValue] | None = None,
        limit: int | None = None,
        segment: int = 0,
        total_segments: int = 1,
    ) -> Page:
        """One page of whole items, consistently read, with what it cost in read units."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "ReturnConsumedCapacity": "TOTAL",
            **self._projection,
            **self._select,
        }
        if cursor:
            request["ExclusiveStartKey"] = codec.to_request(cursor)
        if limit is not None:
            request["Limit"] = limit
        if total_segments > 1:
            request |= {"Segment": segment, "TotalSegments": total_segments}
        observed_at = datetime.now(UTC)
        with self._translated():
            answer = self._client.scan(**request)
        return Page(
            items=tuple(self._item(item) for item in answer["Items"]),
            cursor=answer.get("LastEvaluatedKey") or None,
            read_units=float(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)),
            observed_at=observed_at,
        )

    def _item(self, attributes: Mapping[str, AttributeValue]) -> RawItem:
        return RawItem(attributes=attributes, hidden=self._hidden)

    def create(self, item: RawItem) -> None:
        """Put a new item. Raises AppExistsError when the id is taken."""

        def put() -> None:
            self._client.put_item(
                TableName=self._table,
                Item=codec.to_request(item.attributes),
                ConditionExpression=ID_IS_FREE,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

        refused = self._write(item.app_id, put, is_done=_is_whole(item), after=item)
        if refused is not None:
            raise AppExistsError(
                f"An app with the id {item.app_id!r} is already in the table {self._table!r}.",
                hint="Nothing was written. Choose another id, or open the app that has it.",
            )

    def update(self, before: RawItem, after: RawItem) -> None:
        """Set and remove exactly what differs, in one conditional update.

        Raises AppConflictError when the app is gone, or when AppKey or an attribute that changes is not as in
        `before` any more.
        """
        if not before.changes_to(after):
            return
        said = update_expressions(before, after)

        def change() -> None:
            self._client.update_item(
                TableName=self._table,
                Key=_key(before.app_id),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **said.as_request(),
            )

        refused = self._write(
            before.app_id, change, is_done=_has_changed(before, after), after=after
        )
        if refused is not None:
            raise _conflict(before.app_id, refused.stored)

    def delete(self, before: RawItem) -> None:
        """Delete the item if each attribute is still as in `before`. Raises AppConflictError otherwise."""
        said = delete_expressions(before)

        def remove() -> None:
            self._client.delete_item(
                TableName=self._table,
                Key=_key(before.app_id),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **said.as_request(),
            )

        refused = self._write(before.app_id, remove, is_done=lambda stored: stored is None)
        if refused is not None:
            raise _conflict(before.app_id, refused.stored)

    def _write(
        self,
        app_id: str,
        write: Callable[[], None],
        *,
        is_done: Callable[[RawItem | None], bool],
        after: RawItem | None = None,
    ) -> _Refused | None:
        """Write; None when the table is as wanted, else what was found instead.

        An answer that got lost is no failure: after a timeout, and after a failed condition that the SDK met on a
        retry, the stored item decides.
        """
        try:
            with self._translated(after):
                write()
        except UnavailableError as lost:
            if isinstance(lost, ThrottledError) or not is_done(self._read_back(app_id, lost)):
                raise
        except _ConditionFailedError as failed:
            stored = failed.stored or self._get_or_none(app_id)
            if not (failed.was_retried and is_done(stored)):
                return _Refused(stored)
        return None

    def _read_back(self, app_id: str, lost: UnavailableError) -> RawItem | None:
        try:
            return self._get_or_none(app_id)
        except UnavailableError:
            lost.hint = "Whether the change reached DynamoDB is not known: open the app again before you repeat it."
            raise lost from lost.__cause__

    def _get_or_none(self, app_id: str) -> RawItem | None:
        try:
            return self.get(app_id)
        except AppNotFoundError:
            return None

    @contextmanager
    def _translated(self, written: RawItem | None = None) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            if error.response["Error"].get("Code") == CONDITION_FAILED:
                raise _ConditionFailedError(error) from error
            if written is not None and errors.is_too_large(error, written):
                raise _too_large(written) from error
            raise errors.translate(error, place=self._place) from error
        except BotoCoreError as error:
            raise errors.translate(error, place=self._place) from errors.safe_cause(error)


class ReadOnlyAppRepository(DynamoAppRepository):
    """The apps of a read-only connection: reads work, every write is refused before anything is sent."""

    def create(self, item: RawItem) -> None:
        """Raises ReadOnlyConnectionError."""
        raise _read_only(item.app_id)

    def update(self, before: RawItem, after: RawItem) -> None:
        """Raises ReadOnlyConnectionError."""
        raise _read_only(before.app_id or after.app_id)

    def delete(self, before: RawItem) -> None:
        """Raises ReadOnlyConnectionError."""
        raise _read_only(before.app_id)


class SecretlessAppRepository(ReadOnlyAppRepository):
    """The apps of a connection whose policy hides secrets: AWS answers only reads that name what they want."""

    _projection = WITHOUT_SECRETS
    _select = SPECIFIC
    _hidden = SECRET_ATTRIBUTES


class _ConditionFailedError(Exception):
    """DynamoDB refused a condition; the stored item where the engine returned it."""

    def __init__(self, error: ClientError) -> None:
        super().__init__(CONDITION_FAILED)
        item: Any = error.response.get("Item")
        self.stored = RawItem(attributes=item) if item else None
        self.was_retried = bool(error.response["ResponseMetadata"].get("RetryAttempts"))


class _Refused:
    """A write whose condition did not hold, and the item stored instead (None: there is none)."""

    def __init__(self, stored: RawItem | None) -> None:
        self.stored = stored


def _key(app_id: str) -> dict[str, Any]:
    return {"AppId": {"S": app_id}}


def _can_be_key(text: str) -> bool:
    """Whether DynamoDB takes the text as a hash key at all: 1 to 2,048 bytes."""
    return 0 < len(text.encode(errors="surrogatepass")) <= MAX_KEY_BYTES


def _is_whole(item: RawItem) -> Callable[[RawItem | None], bool]:
    return lambda stored: stored is not None and not stored.changes_to(item)


def _has_changed(before: RawItem, after: RawItem) -> Callable[[RawItem | None], bool]:
    names = ("AppKey", *before.changes_to(after).names)
    return lambda stored: (
        stored is not None and all(_same(stored.get(name), after.get(name)) for name in names)
    )


def _same(one: AttributeValue | None, other: AttributeValue | None) -> bool:
    if one is None or other is None:
        return one is other
    return same_value(one, other)


def _read_only(app_id: str) -> ReadOnlyConnectionError:
    return ReadOnlyConnectionError(
        f"This connection is read-only, so the app {app_id[:200]!r} was not changed.",
        hint="An administrator can make the connection writable in its settings.",
    )


def _not_found(app_id: str) -> AppNotFoundError:
    return AppNotFoundError(
        f"No app has the id {app_id[:200]!r}.",
        hint="It may have been deleted, or it is in the table of another connection.",
    )


def _conflict(app_id: str, stored: RawItem | None) -> AppConflictError:
    if stored is None:
        return AppConflictError(
            f"The app {app_id!r} was deleted since you opened it. Nothing was written.",
            hint="Create it again if it is still needed.",
        )
    return AppConflictError(
        f"The app {app_id!r} changed since you opened it. Nothing was written.",
        hint="Compare your change with what is stored now, then save again.",
        stored=stored,
    )


def _too_large(item: RawItem) -> ValidationError:
    size = item_size(item)
    largest = max(item.attributes, key=lambda name: value_size(item.attributes[name]))
    return ValidationError(
        {
            "item": [
                (
                    f"The record would have about {size // 1024} KB; DynamoDB stores at most 400 KB. "
                    f"The largest attribute is {largest!r}."
                )
            ]
        },
        hint="Nothing was written. Shorten that attribute and save again.",
    )
