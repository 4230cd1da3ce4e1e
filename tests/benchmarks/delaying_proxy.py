"""A loopback HTTP proxy that adds a region's round trip to each DynamoDB call."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

READ_SIZE = 65_536


def read_message(connection: socket.socket, buffer: bytes) -> tuple[bytes, bytes]:
    """One whole HTTP message with a Content-Length, and what came after it; empty at the end."""
    while b"\r\n\r\n" not in buffer:
        part = connection.recv(READ_SIZE)
        if not part:
            return b"", b""
        buffer += part
    head, _, rest = buffer.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":", 1)[1])
            for line in head.split(b"\r\n")[1:]
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(rest) < length:
        part = connection.recv(READ_SIZE)
        if not part:
            return b"", b""
        rest += part
    return head + b"\r\n\r\n" + rest[:length], rest[length:]


@contextmanager
def delaying_proxy(endpoint: str, *, seconds: float) -> Iterator[str]:
    """Forward each request to `endpoint` after a pause of `seconds`; yields the proxy's own address."""
    upstream = urlsplit(endpoint)
    target = (upstream.hostname or "127.0.0.1", upstream.port or 80)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(target) as server:
                for connection in (self.request, server):
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                from_client, from_server = b"", b""
                while True:
                    message, from_client = read_message(self.request, from_client)
                    if not message:
                        return
                    time.sleep(seconds)
                    server.sendall(message)
                    answer, from_server = read_message(server, from_server)
                    self.request.sendall(answer)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}"
        finally:
            proxy.shutdown()
            thread.join()
