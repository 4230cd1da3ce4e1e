"""DynamoDB clients: one per connection and process, made when first needed, never shared across a fork."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any

import botocore
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from apps_admin.aws import errors
from apps_admin.aws.credentials import session_for
from apps_admin.aws.item_parser import ItemParserFactory
from apps_admin.domain.connection import (
    Connection,
    ConnectionSource,
    CredentialMode,
    Credentials,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 4.0
MAX_ATTEMPTS = 3
# An attempt that fails later than this is not repeated: the operator has an answer within 5 seconds.
RETRY_WITHIN = 1.5
POOL_SIZE = 16
STARTED_AT = "console_started_at"
USER_AGENT = f"soketi-dynamodb-console Botocore/{botocore.__version__}"
EMBEDDED_CREDENTIALS = Credentials(
    mode=CredentialMode.STATIC,
    access_key_id="embedded",
    secret_access_key="embedded",  # noqa: S106 - the embedded engine accepts any
)


def client_config(
    *,
    connect_timeout: float = CONNECT_TIMEOUT,
    read_timeout: float = READ_TIMEOUT,
    attempts: int = MAX_ATTEMPTS,
) -> Config:
    """The settings of every client: bounded in time, and blind to what soketi does not read either.

    `AWS_ENDPOINT_URL` and account-based endpoints are ignored, because soketi's SDK does not know them and
    would then read another table than the console.
    """
    settings: dict[str, Any] = {
        "retries": {"mode": "standard", "total_max_attempts": attempts},
        "connect_timeout": connect_timeout,
        "read_timeout": read_timeout,
        "max_pool_connections": POOL_SIZE,
        "tcp_keepalive": True,
        "ignore_configured_endpoint_urls": True,
        "account_id_endpoint_mode": "disabled",
        # A text of our own: botocore writes its long one anew for every call.
        "user_agent": USER_AGENT,
    }
    return Config(**settings)


def make_session(connection: Connection, config: Config) -> Session:
    """A session that signs as the connection says. Raises CredentialsError for an unknown profile."""
    embedded = connection.source is ConnectionSource.EMBEDDED
    credentials = EMBEDDED_CREDENTIALS if embedded else connection.credentials
    try:
        return session_for(credentials, connection.region, timeouts=config)
    except (BotoCoreError, ValueError) as error:
        raise errors.translate_set_up(error, connection) from errors.safe_cause(error)


def make_client(
    connection: Connection, config: Config | None = None, session: Session | None = None
) -> DynamoDBClient:
    """A new client for a connection. Raises CredentialsError or ValidationError when none can be made."""
    config = config or client_config()
    session = session or make_session(connection, config)
    session.register_component("response_parser_factory", ItemParserFactory())
    try:
        client: Any = session.create_client(
            "dynamodb",
            region_name=connection.region,
            endpoint_url=connection.endpoint or None,
            config=config,
        )
    except (BotoCoreError, ValueError) as error:
        raise errors.translate_set_up(error, connection) from errors.safe_cause(error)
    client.meta.events.register("before-call.dynamodb", _note_start)
    client.meta.events.register("after-call.dynamodb", _require_dynamodb)
    client.meta.events.register_first("needs-retry.dynamodb", _stop_late_retry)
    made: DynamoDBClient = client
    return made


def _note_start(*, params: dict[str, Any], **_event: object) -> None:
    params["context"][STARTED_AT] = time.monotonic()


def _stop_late_retry(*, request_dict: dict[str, Any], **_event: object) -> bool | None:
    """False (do not retry) once the call has taken too long; None leaves it to botocore's standard mode."""
    started_at = request_dict["context"].get(STARTED_AT)
    if started_at is not None and time.monotonic() - started_at > RETRY_WITHIN:
        return False
    return None


def _require_dynamodb(*, http_response: Any, **_event: object) -> None:
    """Raise when the answer is no JSON: botocore reads a web page as an item that is not there."""
    if http_response.status_code == 200 and "json" not in http_response.headers.get(
        "content-type", ""
    ):
        raise errors.NotDynamoDBError


class _Place:
    """Where the client of one connection is kept.

    Its lock is held while the client is made, which may ask for credentials over the network: that holds up nobody but
    this connection's own callers.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made_for: tuple[object, ...] | None = None
        self.client: DynamoDBClient | None = None


class ClientCache:
    """The clients of this process by slug. A connection that changed gets a new client, the old one is closed."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start empty: after a fork the parent's clients, and its lock, must not be touched."""
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}

    def get(self, connection: Connection) -> DynamoDBClient:
        """The client of this very connection value."""
        wanted = _identity_of(connection)
        with self._lock:
            place = self._places.setdefault(connection.slug, _Place())
        with place.lock:
            if place.client is not None and place.made_for == wanted:
                return place.client
            former, client = place.client, make_client(connection)
            place.made_for, place.client = wanted, client
        if former is not None:
            former.close()
        return client

    def close(self, slug: str) -> None:
        """Close the client of a connection that was changed or deleted."""
        with self._lock:
            place = self._places.pop(slug, None)
        if place is not None and place.client is not None:
            place.client.close()


def _identity_of(connection: Connection) -> tuple[object, ...]:
    """What makes two values of a connection need two clients; a new label does not."""
    return (connection.source, connection.endpoint, connection.region, connection.credentials)


CLIENTS = ClientCache()
os.register_at_fork(after_in_child=CLIENTS.forget)


def client_for(connection: Connection) -> DynamoDBClient:
    """The client of a connection in this process; it is shared by all threads."""
    return CLIENTS.get(connection)
