"""A loopback HTTP server that stands where DynamoDB should: answers chosen errors, hangs, drops, forwards.

Each request takes the next of the planned answers; when none is left, it is forwarded to `upstream` (or answered
`InternalServerError` where there is none). `requests` keeps what was asked, as (operation, body).
"""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

Answer: TypeAlias = Callable[["_Exchange"], None]


class FaultServer(ThreadingHTTPServer):
    """The server; made by `fault_server()`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.upstream = upstream
        self.plan: list[Answer] = []
        self.always: Answer | None = None
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.released = threading.Event()
        self.clock_offset = 0.0

    @property
    def url(self) -> str:
        """The address to use as an endpoint."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def operations(self) -> list[str]:
        """The operations asked for, in order."""
        return [operation for operation, _ in self.requests]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that give up are what this server is for."""


class _Exchange(BaseHTTPRequestHandler):
    server: FaultServer
    protocol_version = "HTTP/1.1"
    body: bytes = b""
    operation: str = ""

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        parsed = json.loads(self.body) if self.body[:1] == b"{" else {"form": self.body.decode()}
        self.operation = operation
        self.server.requests.append((operation, parsed))
        answer = self.server.plan.pop(0) if self.server.plan else self.server.always
        (answer or forwarded)(self)

    def do_GET(self) -> None:
        self.do_POST()

    def do_PUT(self) -> None:
        self.do_POST()

    def do_CONNECT(self) -> None:
        self.do_POST()

    def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def ask_upstream(self) -> tuple[int, bytes]:
        request = urllib.request.Request(  # noqa: S310 - a loopback address of the test
            self.server.upstream,
            data=self.body,
            headers={k: v for k, v in self.headers.items() if k.lower() != "host"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The server's clock, which a test may set wrong."""
        return super().date_time_string((timestamp or time.time()) + self.server.clock_offset)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the base class
        """Keep quiet."""


JSON = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "REQUEST-ID-1"}


def forwarded(exchange: _Exchange) -> None:
    """The real engine's answer."""
    if not exchange.server.upstream:
        return answers("InternalServerError", status=500)(exchange)
    status, body = exchange.ask_upstream()
    return exchange.send(status, body, JSON)


def lost(exchange: _Exchange) -> None:
    """The engine does as asked, but its answer never arrives."""
    exchange.ask_upstream()
    dropped(exchange)


def dropped(exchange: _Exchange) -> None:
    """The connection closes without an answer, and nothing was done."""
    exchange.close_connection = True
    exchange.connection.shutdown(socket.SHUT_RDWR)


def hanging(exchange: _Exchange) -> None:
    """No answer for as long as the test runs."""
    exchange.server.released.wait(30)
    exchange.close_connection = True


def answers(code: str, message: str = "", *, status: int = 400, **fields: Any) -> Answer:
    """An error of DynamoDB's."""
    body = {
        "__type": f"com.amazonaws.dynamodb.v20120810#{code}",
        "message": message,
        **fields,
    }
    return lambda exchange: exchange.send(status, json.dumps(body).encode(), JSON)


def answers_json(body: Mapping[str, Any]) -> Answer:
    """An answer of DynamoDB's."""
    return lambda exchange: exchange.send(200, json.dumps(body).encode(), JSON)


def answers_page(status: int, content_type: str = "text/html") -> Answer:
    """A web page, as a wrong address or a proxy answers."""
    return lambda exchange: exchange.send(
        status, b"<html><body>Hello</body></html>", {"Content-Type": content_type}
    )


def described_as(edit: Callable[[dict[str, Any]], None]) -> Answer:
    """The real engine's answers, with the table's description changed on the way."""

    def answer(exchange: _Exchange) -> None:
        if exchange.operation != "DescribeTable":
            return forwarded(exchange)
        status, body = exchange.ask_upstream()
        document = json.loads(body)
        edit(document["Table"])
        return exchange.send(status, json.dumps(document).encode(), JSON)

    return answer


@contextmanager
def fault_server(upstream: str = "") -> Iterator[FaultServer]:
    """A running server, ended with the block."""
    server = FaultServer(upstream)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
