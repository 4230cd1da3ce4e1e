"""A bare TCP server that takes requests, keeps their very bytes, and answers as it is told."""

from __future__ import annotations

import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from apps_admin.soketi.guard import ALLOWED_PORTS, OutboundGuard, parse_networks

# Lets the console send to this machine.
LOOPBACK_GUARD = OutboundGuard(networks=parse_networks(["127.0.0.0/8", "::1/128"]))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"

Answer = Callable[[socket.socket], None]


@dataclass
class Receiver:
    """A server on an allowed port: `received` is what each connection sent."""

    port: int
    received: list[bytes] = field(default_factory=list)

    def url(self, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}/in?a=b"

    def wait_for(self, count: int, *, seconds: float = 5) -> list[bytes]:
        """The requests, once there are so many."""
        give_up_at = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < give_up_at:
            time.sleep(0.01)
        assert len(self.received) >= count, self.received
        return self.received


def listen() -> socket.socket:
    """A listener on a free port that the guard allows; another one each time, as other tests run beside this one."""
    ports = list(ALLOWED_PORTS - {80, 443, 8000})
    random.shuffle(ports)
    for port in ports:
        listener = socket.socket()
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(5)
        except OSError:
            listener.close()
            continue
        return listener
    raise AssertionError("no port from 8001 to 8999 is free")


def saying(text: bytes) -> Answer:
    """Answers with this, however much of it the other side reads."""

    def say(connection: socket.socket) -> None:
        with suppress(OSError):
            connection.sendall(text)

    return say


@contextmanager
def receiver(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Takes connections one after the other, one request each."""
    listener = listen()
    here = Receiver(port=listener.getsockname()[1])

    def run() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with suppress(OSError):
                    _serve(connection, here, answer, tls)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        # Wakes the thread up, which a close alone does not.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(20)


def _serve(
    connection: socket.socket, here: Receiver, answer: Answer, tls: ssl.SSLContext | None
) -> None:
    connection.settimeout(20)
    with connection if tls is None else tls.wrap_socket(connection, server_side=True) as opened:
        here.received.append(_read_request(opened))
        answer(opened)
        with suppress(OSError):
            opened.shutdown(socket.SHUT_WR)


def _read_request(connection: socket.socket) -> bytes:
    text = b""
    while b"\r\n\r\n" not in text:
        text += _more(connection)
    head, _, body = text.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += _more(connection)
    return head + b"\r\n\r\n" + body


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise ConnectionError("the request ended early")
    return part
