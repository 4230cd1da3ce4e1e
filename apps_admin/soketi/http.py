"""One HTTP request to an address out of a record: judged, timed, bounded, and exactly as it is meant to be sent.

The name is resolved once, every address it has is judged, and the connection goes to one of those very addresses, so
the DNS cannot answer differently a second time. Redirects are not followed. Everything together takes at most ten
seconds, also when the other side sends one byte at a time, and at most 64 KB of the answer are read.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from http.client import HTTPConnection as StandardConnection
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import Any, TypeAlias

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from apps_admin.domain.delivery import Exchange, Timings
from apps_admin.soketi.guard import Address, OutboundGuard, Target

TOTAL_SECONDS = 10.0
LARGEST_BODY = 64 * 1024

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]


class DeadlineError(TimeoutError):
    """The ten seconds are over."""


class _Clock:
    """Counts down from the first moment, and keeps the time of each part."""

    def __init__(self, seconds: float) -> None:
        self.began = time.monotonic()
        self.ends = self.began + seconds
        self.parts: dict[str, float] = {}

    def remaining(self) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise DeadlineError
        return left

    def measure(self, part: str, since: float) -> None:
        self.parts[part] = time.monotonic() - since

    def timings(self) -> Timings:
        return Timings(**self.parts, total=time.monotonic() - self.began)


class _DeadlineSocket(socket.socket):
    """Waits for each read only as long as the whole exchange has left."""

    clock: _Clock

    def recv_into(self, *parameters: Any) -> int:
        self.settimeout(self.clock.remaining())
        return super().recv_into(*parameters)


class _DeadlineTLSSocket(ssl.SSLSocket):
    clock: _Clock

    def recv_into(self, *parameters: Any) -> int:
        self.settimeout(self.clock.remaining())
        return super().recv_into(*parameters)


class _JudgedConnection(HTTPConnection):
    """Connects to the addresses that were judged, and to nothing else; keeps what it sent."""

    addresses: Sequence[Address]
    clock: _Clock
    connected_to: str = ""

    def __init__(self, *parameters: Any, **named: Any) -> None:
        super().__init__(*parameters, **named)
        self.sent: list[bytes] = []

    def _new_conn(self) -> socket.socket:
        began = time.monotonic()
        connection = _connect(self.addresses, int(self.port or 0), self.clock)
        self.clock.measure("connect", began)
        self.connected_to = str(connection.getpeername()[0])
        return connection

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.clock.remaining())
        super().send(data)
        self.sent.append(bytes(data))

    def _encode_request(self, request: str) -> bytes:
        # As Node does; Python's own way is ASCII only.
        return request.encode("latin-1")


class _JudgedTLSConnection(_JudgedConnection, HTTPSConnection):
    """The same over TLS: the certificate has to be that of the host in the URL."""

    def connect(self) -> None:
        began = time.monotonic()
        super().connect()
        self.clock.measure("tls", began)
        self.clock.parts["tls"] -= self.clock.parts.get("connect", 0)
        if isinstance(self.sock, _DeadlineTLSSocket):
            self.sock.clock = self.clock


def send_request(
    guard: OutboundGuard,
    method: str,
    url: str,
    *,
    headers: Callable[[Target], Sequence[tuple[str, str]]],
    body: bytes,
    seconds: float = TOTAL_SECONDS,
    resolve: Resolver | None = None,
    tls: ssl.SSLContext | None = None,
) -> Exchange:
    """Send one request. `headers` gets the target and returns the header lines, all of them and in order.

    Never raises for what the other side does: that is the `failure` of the exchange.

    Raises:
        RefusedTargetError: the console does not send there.
    """
    target = guard.target(url)
    # Reading the machine's certificates takes longer than many receivers: it is not part of the exchange.
    if target.scheme == "https":
        tls = tls or ssl.create_default_context()
    clock = _Clock(seconds)
    try:
        addresses = _resolve(target, clock, resolve or resolve_host)
    except (OSError, UnicodeError) as exc:
        return Exchange(failure=_explain(exc, seconds), timings=clock.timings())
    for address in addresses:
        guard.judge(address)
    connection = _connection(target, tls)
    connection.addresses, connection.clock = addresses, clock
    try:
        return _exchange(connection, method, target, headers(target), body)
    except (OSError, HTTPError, HTTPException) as exc:
        return Exchange(
            address=connection.connected_to,
            request=b"".join(connection.sent),
            failure=_explain(exc, seconds),
            timings=clock.timings(),
        )
    finally:
        connection.close()


def resolve_host(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, in the resolver's order, each once. Raises OSError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def _resolve(target: Target, clock: _Clock, resolve: Resolver) -> Sequence[Address]:
    if target.address is not None:
        return [target.address]
    began = time.monotonic()
    answers: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(target.host, target.port))
        except OSError as exc:
            answers.put(exc)

    # The C library's resolver knows no deadline of ours.
    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=clock.remaining())
    except queue.Empty as exc:
        raise DeadlineError from exc
    clock.measure("dns", began)
    if isinstance(answer, OSError):
        raise answer
    return [ip_address(text) for text in answer]


def _connect(addresses: Sequence[Address], port: int, clock: _Clock) -> socket.socket:
    problem: OSError = OSError("the host has no address")
    for address in addresses:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        connection = _DeadlineSocket(family, socket.SOCK_STREAM)
        connection.clock = clock
        try:
            connection.settimeout(clock.remaining())
            connection.connect((str(address), port))
        except OSError as exc:
            connection.close()
            problem = exc
            continue
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(clock.remaining())
        return connection
    raise problem


def _connection(target: Target, tls: ssl.SSLContext | None) -> _JudgedConnection:
    if target.scheme == "http" or tls is None:
        return _JudgedConnection(target.host, target.port)
    tls.sslsocket_class = _DeadlineTLSSocket
    return _JudgedTLSConnection(target.host, target.port, ssl_context=tls)


def _exchange(
    connection: _JudgedConnection,
    method: str,
    target: Target,
    headers: Sequence[tuple[str, str]],
    body: bytes,
) -> Exchange:
    connection.connect()
    connection.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        StandardConnection.putheader(connection, name, value.encode("latin-1"))
    began = time.monotonic()
    connection.endheaders(body)
    # urllib3's own would decode what is to be shown as it came.
    answer: HTTPResponse = StandardConnection.getresponse(connection)
    connection.clock.measure("first_byte", began)
    with closing(answer):
        content, is_cut = _read(answer)
    return Exchange(
        address=connection.connected_to,
        request=b"".join(connection.sent),
        status=answer.status,
        reason=answer.reason,
        headers=tuple(answer.getheaders()),
        body=content,
        body_is_cut=is_cut,
        redirects_to=answer.getheader("Location", "") if 300 <= answer.status < 400 else "",
        timings=connection.clock.timings(),
    )


def _read(answer: HTTPResponse) -> tuple[bytes, bool]:
    """At most 64 KB, and whether there was more (or the rest never came)."""
    content = bytearray()
    try:
        while len(content) <= LARGEST_BODY:
            part = answer.read1(LARGEST_BODY + 1 - len(content))
            if not part:
                break
            content += part
    except (OSError, HTTPException):
        return bytes(content[:LARGEST_BODY]), True
    missing = bool(answer.length)
    return bytes(content[:LARGEST_BODY]), missing or len(content) > LARGEST_BODY


def _explain(exc: Exception, seconds: float) -> str:
    """The failure in the operator's words; nothing of the request is in it."""
    cause = exc.__cause__ if isinstance(exc, HTTPError) and exc.__cause__ else exc
    if isinstance(cause, TimeoutError):
        return f"No complete answer within {seconds:g} seconds."
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"The TLS certificate is not accepted: {cause.verify_message}."
    if isinstance(cause, ssl.SSLError):
        return f"TLS failed: {cause.reason or 'the connection broke'}."
    if isinstance(cause, socket.gaierror):
        return "The host name does not resolve."
    if isinstance(cause, ConnectionRefusedError):
        return "The connection was refused: nothing listens there."
    if isinstance(cause, ConnectionError):
        return "The connection broke before an answer came."
    if isinstance(cause, HTTPException):
        return "What came back is not HTTP."
    return f"The request failed: {cause.strerror if isinstance(cause, OSError) else type(cause).__name__}."
