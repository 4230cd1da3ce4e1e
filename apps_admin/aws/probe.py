"""One try at each thing soketi and the console ask of AWS, for the connection test. Nothing is ever written."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any
from urllib.request import getproxies, proxy_bypass

from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import get_cert_path

from apps_admin.aws import errors
from apps_admin.aws.identity import (
    FoundCredentials,
    Identity,
    find_credentials,
    find_identity,
)
from apps_admin.aws.projection import EVERYTHING, SPECIFIC, WITHOUT_SECRETS
from apps_admin.aws.session import client_config, make_client, make_session
from apps_admin.domain.connection import (
    DEFAULT_REGION,
    KEY_INDEX,
    Connection,
    CredentialMode,
    Credentials,
)
from apps_admin.domain.errors import ConsoleError, CredentialsError
from apps_admin.domain.item import RawItem

CONNECT_TIMEOUT, READ_TIMEOUT = 3.0, 5.0
NOBODY = Credentials(
    mode=CredentialMode.STATIC,
    access_key_id="nobody",
    secret_access_key="nobody",  # noqa: S106 - never sent: what signs needs the credentials step
)
CONDITION_FAILED = "ConditionalCheckFailedException"


class ProbeError(Exception):
    """A try that failed: the domain error, and AWS's own code where AWS answered."""

    def __init__(self, error: ConsoleError, aws_code: str = "") -> None:
        super().__init__(error.message)
        self.error = error
        self.aws_code = aws_code


class Probe:
    """What can be tried on one connection: connect 3 s, read 5 s, one try each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._config = client_config(
            connect_timeout=CONNECT_TIMEOUT, read_timeout=READ_TIMEOUT, attempts=1
        )
        self._reads = WITHOUT_SECRETS if connection.without_secrets else EVERYTHING
        self._select = SPECIFIC if connection.without_secrets else EVERYTHING
        self._random_id = f"connection-test-{secrets.token_hex(16)}"
        self._not_signed_in: ProbeError | None = None
        try:
            self._sign_in(connection)
        except ProbeError as failed:
            if not isinstance(failed.error, CredentialsError):
                raise
            # Without credentials the way to the endpoint can be tried all the same.
            self._sign_in(replace(connection, credentials=NOBODY))
            self._not_signed_in = failed
        self._place = errors.Place(
            table=connection.table,
            region=connection.region,
            endpoint=self._client.meta.endpoint_url,
        )

    def _sign_in(self, connection: Connection) -> None:
        with _translated():
            self._session = make_session(connection, self._config)
            self._client = make_client(connection, self._config, self._session)

    @property
    def endpoint(self) -> str:
        """The address calls go to."""
        return self._place.endpoint

    @property
    def is_aws(self) -> bool:
        """Whether that is one of AWS's own."""
        return self._place.is_aws

    @property
    def proxy(self) -> str:
        """The proxy calls go through; empty without one."""
        scheme, _, rest = self.endpoint.partition("://")
        if proxy_bypass(rest.partition("/")[0]):
            return ""
        found = getproxies().get(scheme, "")
        return found if "://" in found or not found else f"http://{found}"

    @property
    def ca_file(self) -> str | None:
        """The file of certificate authorities calls trust; None for the system's own."""
        configured = self._session.get_config_variable("ca_bundle")
        return str(configured or get_cert_path(verify=True)) or None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def find_credentials(self) -> FoundCredentials:
        """Where the credentials come from."""
        if self._not_signed_in is not None:
            raise self._not_signed_in
        with _translated():
            return find_credentials(self._session, self._place)

    def find_identity(self) -> Identity:
        """Who STS says we are."""
        with _translated():
            return find_identity(self._session, self._connection, self._config)

    def describe_table(self) -> Mapping[str, Any]:
        """DescribeTable's answer."""
        answer = self._call("describe_table", TableName=self._connection.table)
        return dict(answer["Table"])

    def find_table_elsewhere(self) -> str:
        """Another region that has a table of this name: soketi's default one, or the one configured for AWS."""
        candidates = (DEFAULT_REGION, self._session.get_config_variable("region"))
        for region in dict.fromkeys(filter(None, candidates)):
            if region == self._connection.region:
                continue
            there = replace(self._connection, region=region)
            try:
                with (
                    _translated(),
                    closing(make_client(there, self._config, self._session)) as client,
                ):
                    client.describe_table(TableName=self._connection.table)
            except ProbeError:
                continue
            return str(region)
        return ""

    def has_any_table(self) -> bool:
        """Whether there is any table in this place; True where that cannot be told."""
        try:
            return bool(self._call("list_tables", Limit=1)["TableNames"])
        except ProbeError:
            return True

    def describe_backups(self) -> Mapping[str, Any]:
        """DescribeContinuousBackups' answer."""
        answer = self._call("describe_continuous_backups", TableName=self._connection.table)
        return dict(answer["ContinuousBackupsDescription"])

    def describe_ttl(self) -> Mapping[str, Any]:
        """DescribeTimeToLive's answer."""
        answer = self._call("describe_time_to_live", TableName=self._connection.table)
        return dict(answer["TimeToLiveDescription"])

    def get_item(self) -> None:
        """GetItem of an id nobody has."""
        self._call("get_item", TableName=self._connection.table, Key=self._key(), **self._reads)

    def batch_get_item(self) -> None:
        """BatchGetItem of an id nobody has."""
        wanted = {"Keys": [self._key()], **self._reads}
        self._call("batch_get_item", RequestItems={self._connection.table: wanted})

    def query(self) -> None:
        """Query of the index for a key nobody has, as soketi asks it."""
        self._call(
            "query",
            TableName=self._connection.table,
            IndexName=KEY_INDEX,
            ScanIndexForward=False,
            Limit=1,
            KeyConditionExpression="AppKey = :app_key",
            ExpressionAttributeValues={":app_key": {"S": self._random_id}},
        )

    def scan(self) -> RawItem | None:
        """Scan for one record; None when the table is empty."""
        answer = self._call(
            "scan", TableName=self._connection.table, Limit=1, **self._reads, **self._select
        )
        return RawItem(attributes=answer["Items"][0]) if answer["Items"] else None

    def prove_put(self) -> None:
        """PutItem that only an existing item would take, on an id nobody has: refused means allowed."""
        self._prove("put_item", Item=self._key())

    def prove_update(self) -> None:
        """UpdateItem in the same way."""
        self._prove(
            "update_item",
            Key=self._key(),
            UpdateExpression="SET Enabled = :off",
            ExpressionAttributeValues={":off": {"BOOL": False}},
        )

    def prove_delete(self) -> None:
        """DeleteItem in the same way."""
        self._prove("delete_item", Key=self._key())

    def _prove(self, operation: str, **parameters: Any) -> None:
        try:
            self._call(
                operation,
                TableName=self._connection.table,
                ConditionExpression="attribute_exists(AppId)",
                **parameters,
            )
        except ProbeError as failed:
            if failed.aws_code != CONDITION_FAILED:
                raise

    def _key(self) -> dict[str, Any]:
        return {"AppId": {"S": self._random_id}}

    def _call(self, operation: str, **parameters: Any) -> Any:
        call: Callable[..., Any] = getattr(self._client, operation)
        with _translated(self._place):
            return call(**parameters)


@contextmanager
def _translated(place: errors.Place | None = None) -> Iterator[None]:
    """Whatever fails leaves as ProbeError."""
    try:
        yield
    except ConsoleError as error:
        cause = error.__cause__
        code = errors.code_of(cause) if isinstance(cause, ClientError) else ""
        raise ProbeError(error, code) from error
    except ClientError as error:
        where = place or errors.Place(table="", region="", endpoint="")
        raise ProbeError(errors.translate(error, place=where), errors.code_of(error)) from error
    except BotoCoreError as error:
        where = place or errors.Place(table="", region="", endpoint="")
        raise ProbeError(errors.translate(error, place=where)) from errors.safe_cause(error)
