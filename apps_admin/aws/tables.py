"""Tables themselves: describe, create, wait. Nothing here ever deletes a table or an index."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from apps_admin.aws import errors
from apps_admin.aws.session import client_for
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import AccessDeniedError, StoreError, TableNotFoundError
from apps_admin.domain.table_calls import TableCall
from apps_admin.domain.table_comparison import LiveTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# What an engine that lacks an operation answers.
_NOT_AVAILABLE = frozenset({"UnknownOperationException", "UnknownOperation", "404", "501"})
_METHODS = {
    "CreateTable": "create_table",
    "UpdateTable": "update_table",
    "UpdateTimeToLive": "update_time_to_live",
    "UpdateContinuousBackups": "update_continuous_backups",
    "TagResource": "tag_resource",
    "UntagResource": "untag_resource",
}
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 5.0

Progress = Callable[[LiveTable], None]


def open_tables(connection: Connection) -> DynamoTables:
    """The tables of a connection. Opening calls nothing."""
    return DynamoTables(client_for(connection), connection)


class DynamoTables:
    """The tables of one connection's account and region."""

    def __init__(self, client: DynamoDBClient, connection: Connection) -> None:
        self._client = client
        self._place = errors.Place(
            table=connection.table,
            region=client.meta.region_name,
            endpoint=client.meta.endpoint_url,
        )

    def find(self, name: str) -> LiveTable | None:
        """The table as it is now, None when there is none.

        What this engine or these credentials do not answer (time to live, recovery, tags) stays None in it.
        """
        try:
            with self._translated():
                description = self._client.describe_table(TableName=name)["Table"]
        except TableNotFoundError:
            return None
        arn = description.get("TableArn", "")
        return LiveTable(
            description=dict(description),
            expiry=self._readable(lambda: self._expiry(name)),
            recovery=self._readable(lambda: self._recovery(name)),
            tags=self._readable(lambda: self._tags(arn)),
        )

    def call(self, call: TableCall) -> None:
        """Make one call. Raises the translated error."""
        method = _METHODS[call.operation]
        with self._translated():
            getattr(self._client, method)(**call.parameters)

    def create(self, call: TableCall) -> bool:
        """Create the table; False when someone else just did."""
        try:
            self.call(call)
        except StoreError as error:
            if error.aws_code == "ResourceInUseException":
                return False
            raise
        return True

    def wait(self, name: str, *, seconds: float, on_progress: Progress | None = None) -> LiveTable:
        """Wait until the table and its indexes are ACTIVE; the last answer after at most `seconds`.

        Raises TableNotFoundError when the table is not there.
        """
        ends_at = time.monotonic() + seconds
        pause = _FIRST_PAUSE
        while True:
            with self._translated():
                description = self._client.describe_table(TableName=name)["Table"]
            live = LiveTable(description=dict(description))
            if on_progress:
                on_progress(live)
            if live.is_settled or time.monotonic() + pause > ends_at:
                return live
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _expiry(self, name: str) -> Mapping[str, Any]:
        answer = self._client.describe_time_to_live(TableName=name)
        return dict(answer["TimeToLiveDescription"])

    def _recovery(self, name: str) -> Mapping[str, Any]:
        answer = self._client.describe_continuous_backups(TableName=name)
        return dict(
            answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        )

    def _tags(self, arn: str) -> Mapping[str, str]:
        tags: dict[str, str] = {}
        token: dict[str, str] = {}
        while True:
            answer = self._client.list_tags_of_resource(ResourceArn=arn, **token)
            tags |= {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())}
            if not answer.get("NextToken"):
                return tags
            token = {"NextToken": answer["NextToken"]}

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            raise errors.translate(error, place=self._place) from errors.safe_cause(error)

    def _readable(self, read: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """What `read` answers; None where the engine has no such operation or the credentials may not ask."""
        try:
            with self._translated():
                return read()
        except AccessDeniedError:
            return None
        except StoreError as error:
            if error.aws_code in _NOT_AVAILABLE:
                return None
            raise
