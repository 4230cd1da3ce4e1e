"""A program that uses the API, as tests write it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

APPS = "/api/v1/connections/default/apps"


@dataclass
class Program:
    """Sends JSON with a token; `last` is the last answer."""

    token: str = field(repr=False)
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request. `body` is made JSON unless it is bytes; If_Match="..." is the header If-Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named.setdefault("Authorization", f"Bearer {self.token}")
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body)
        content_type = named.pop("Content-Type", "application/json")
        return self.client.generic(method, path, content, content_type=content_type, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        """GET."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST."""
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        """PATCH."""
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        """DELETE."""
        return self.send("DELETE", path, **headers)

    def create(self, app_id: str, **fields: Any) -> dict[str, Any]:
        """An app that is there now."""
        answer = self.post(APPS, {"id": app_id, **fields})
        assert answer.status_code == 201, answer.content
        app: dict[str, Any] = answer.json()["app"]
        return app
