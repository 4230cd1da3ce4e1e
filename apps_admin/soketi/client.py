"""Asks a running soketi about an app, the way clients and backends do.

The address is the one an administrator gave the connection, so it may be private: the outbound guard is for
addresses that come from records.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import urllib3
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import connect

from apps_admin.domain.errors import UnreachableError
from apps_admin.soketi.signature import sign_request

DEFAULT_TIMEOUT = 5.0
MAXIMUM_ANSWER = 64 * 1024
# soketi takes the segment as it is sent and never decodes it: these have to stay as they are.
UNENCODED = "!'()*~+:;@&=$,|"
WEBSOCKET_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
HTTP_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}

CLOSE_CODES: Mapping[int, str] = {
    4001: "soketi does not find an app with this key.",
    4003: "soketi finds the app, and it is disabled.",
    4009: "soketi asks clients of this app to sign in.",
    4100: "The app's connection limit is reached.",
    4200: "The server is closing.",
}


@dataclass(frozen=True, kw_only=True)
class Handshake:
    """What soketi answered to one WebSocket connection.

    `code` is 0 when it connected, else soketi's error code (4001, 4003, 4100, ...); `message` is soketi's own text.
    """

    connected: bool
    socket_id: str = ""
    code: int = 0
    message: str = ""
    seconds: float

    @property
    def meaning(self) -> str:
        """What the code says about the app."""
        if self.connected:
            return "soketi accepts connections for this key."
        return CLOSE_CODES.get(self.code, f"soketi refused the connection with code {self.code}.")


class CredentialVerdict(StrEnum):
    """What a signed request to the HTTP API shows."""

    ACCEPTED = "accepted"
    NOT_FOUND = "not-found"
    WRONG_SECRET = "wrong-secret"  # noqa: S105 - a verdict
    RATE_LIMITED = "rate-limited"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, kw_only=True)
class CredentialCheck:
    """The answer to one signed `GET /apps/<id>/channels`.

    soketi's status is 200 for every error, so `code` is the one in the body (200 where there is none).
    `channels` maps each occupied channel to its number of subscriptions.
    """

    verdict: CredentialVerdict
    code: int
    message: str = ""
    channels: Mapping[str, int]
    seconds: float


CODE_VERDICTS = {
    200: CredentialVerdict.ACCEPTED,
    401: CredentialVerdict.WRONG_SECRET,
    404: CredentialVerdict.NOT_FOUND,
    429: CredentialVerdict.RATE_LIMITED,
}


def probe_handshake(base_url: str, app_key: str, *, timeout: float = DEFAULT_TIMEOUT) -> Handshake:
    """Connect as a client does and read the first frame. Raises UnreachableError."""
    path = f"/app/{quote(app_key, safe=UNENCODED)}"
    url = f"{_base(base_url, WEBSOCKET_SCHEMES)}{path}?protocol=7&client=soketi-console&version=1"
    began = time.monotonic()
    try:
        with connect(
            url, open_timeout=timeout, close_timeout=1, max_size=MAXIMUM_ANSWER, proxy=None
        ) as socket:
            frame = json.loads(socket.recv(timeout=timeout))
    except (OSError, InvalidHandshake, InvalidURI, ConnectionClosed, ValueError) as exc:
        raise _unreachable(base_url, exc) from exc
    return _read_handshake(frame, time.monotonic() - began)


def probe_credentials(
    base_url: str, *, app_id: str, key: str, secret: str, timeout: float = DEFAULT_TIMEOUT
) -> CredentialCheck:
    """Ask for the app's channels with a signed request. Raises UnreachableError.

    The secret signs the request and is not in it.
    """
    base = _base(base_url, HTTP_SCHEMES)
    path = f"{urlsplit(base).path}/apps/{quote(app_id, safe=UNENCODED)}/channels"
    query = sign_request(
        key=key, secret=secret, method="GET", path=path, timestamp=int(time.time())
    )
    origin = urlunsplit((*urlsplit(base)[:2], "", "", ""))
    began = time.monotonic()
    body = fetch_text(f"{origin}{path}?{urlencode(query)}", timeout=timeout)
    return _read_channels(body, time.monotonic() - began)


def fetch_text(url: str, *, timeout: float = DEFAULT_TIMEOUT) -> str:
    """The answer's body, at most 64 KB, whatever the status. Raises UnreachableError."""
    try:
        with urllib3.PoolManager(retries=False, timeout=timeout) as pool:
            answer = pool.request("GET", url, redirect=False, preload_content=False)
            body = answer.read(MAXIMUM_ANSWER)
            answer.close()
    except (urllib3.exceptions.HTTPError, ValueError) as exc:
        raise _unreachable(url, exc) from exc
    return body.decode("utf-8", errors="replace")


def _read_handshake(frame: Any, seconds: float) -> Handshake:
    event = frame.get("event") if isinstance(frame, dict) else None
    content = frame.get("data") if isinstance(frame, dict) else None
    if isinstance(content, str):
        content = json.loads(content)
    if event == "pusher:connection_established" and isinstance(content, dict):
        return Handshake(
            connected=True, socket_id=str(content.get("socket_id", "")), seconds=seconds
        )
    if event == "pusher:error" and isinstance(content, dict):
        return Handshake(
            connected=False,
            code=int(content.get("code") or 0),
            message=str(content.get("message", "")),
            seconds=seconds,
        )
    return Handshake(
        connected=False, message="The answer is not that of a soketi server.", seconds=seconds
    )


def _read_channels(body: str, seconds: float) -> CredentialCheck:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not ({"channels", "code"} & answer.keys()):
        return CredentialCheck(
            verdict=CredentialVerdict.UNEXPECTED,
            code=0,
            message="The answer is not that of soketi's HTTP API.",
            channels={},
            seconds=seconds,
        )
    code = int(answer.get("code", 200))
    channels = answer.get("channels") or {}
    return CredentialCheck(
        verdict=CODE_VERDICTS.get(code, CredentialVerdict.UNEXPECTED),
        code=code,
        message=str(answer.get("error", "")),
        channels={name: int(one.get("subscription_count", 0)) for name, one in channels.items()},
        seconds=seconds,
    )


def _base(url: str, schemes: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        raise UnreachableError(
            "The address of soketi is not a URL.",
            hint="Write it like https://soketi.example.com:6001, with a path prefix where soketi has one.",
        )
    return urlunsplit((schemes[parts.scheme], parts.netloc, parts.path.rstrip("/"), "", ""))


def _unreachable(url: str, exc: Exception) -> UnreachableError:
    parts = urlsplit(url)
    reason = str(exc) if isinstance(exc, OSError | InvalidHandshake) else type(exc).__name__
    return UnreachableError(
        f"soketi at {parts.hostname}:{parts.port or 'its default port'} does not answer: {reason}",
        hint="Check that the server runs and that this console may reach it.",
    )
