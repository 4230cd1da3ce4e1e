"""A Pusher client for the tests: connects, subscribes, waits for events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from apps_admin.soketi.signature import sign_channel
from tests.soketi.server import LOOPBACK, SoketiServer


class PusherClient:
    """One open connection."""

    def __init__(self, socket: ClientConnection, socket_id: str) -> None:
        self.socket = socket
        self.socket_id = socket_id

    def send(self, event: str, **frame: Any) -> None:
        self.socket.send(json.dumps({"event": event, **frame}))

    def receive(self, event: str, *, timeout: float = 5) -> dict[str, Any]:
        """The next frame of this event; others are passed over."""
        while True:
            frame: dict[str, Any] = json.loads(self.socket.recv(timeout=timeout))
            if frame["event"] == event:
                return frame

    def subscribe(self, channel: str) -> None:
        self.send("pusher:subscribe", data={"channel": channel})
        self.receive("pusher_internal:subscription_succeeded")

    def subscribe_private(self, channel: str, *, key: str, secret: str) -> None:
        auth = sign_channel(key=key, secret=secret, socket_id=self.socket_id, channel=channel)
        self.send("pusher:subscribe", data={"channel": channel, "auth": auth})
        self.receive("pusher_internal:subscription_succeeded")

    def subscribe_presence(self, channel: str, *, key: str, secret: str, user_id: str) -> None:
        user = json.dumps({"user_id": user_id})
        auth = sign_channel(
            key=key, secret=secret, socket_id=self.socket_id, channel=channel, channel_data=user
        )
        self.send("pusher:subscribe", data={"channel": channel, "auth": auth, "channel_data": user})
        self.receive("pusher_internal:subscription_succeeded")

    def unsubscribe(self, channel: str) -> None:
        self.send("pusher:unsubscribe", data={"channel": channel})

    def ping(self) -> None:
        """Returns once the server answered."""
        self.send("pusher:ping", data={})
        self.receive("pusher:pong")


@contextmanager
def pusher_client(server: SoketiServer, key: str) -> Iterator[PusherClient]:
    """A client that soketi accepted."""
    url = f"ws://{LOOPBACK}:{server.port}/app/{key}?protocol=7&client=tests&version=1"
    with connect(url, proxy=None, close_timeout=1) as socket:
        first = json.loads(socket.recv(timeout=5))
        assert first["event"] == "pusher:connection_established", first
        yield PusherClient(socket, json.loads(first["data"])["socket_id"])
