"""One test delivery of a webhook: what was sent, where to, and what came back.

Deliveries hold signatures, header values and receivers' answers, so they are kept in the vault only.
"""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

from apps_admin.domain.masking import MASK, mask_url
from apps_admin.domain.webhook_verdicts import EventType

# The headers that soketi itself sends: their values are shown, all others only to whom secrets are revealed.
OWN_HEADERS: Final = frozenset(
    {
        "accept",
        "content-type",
        "user-agent",
        "x-pusher-key",
        "x-pusher-signature",
        "content-length",
        "host",
        "connection",
    }
)
# curl writes these itself.
_FRAMING: Final = frozenset({"content-length", "connection"})


class TargetKind(StrEnum):
    """Where a webhook goes."""

    URL = "url"
    LAMBDA = "lambda"


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Seconds each part took; None for what did not happen."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    total: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What was sent and what came back. `failure` says why nothing did; then `status` is 0.

    `request` is every byte as it was sent. Of an invoked Lambda function it is the payload, `status` is AWS's,
    and `reason` is the function's own error, if it had one.
    """

    address: str = ""
    request: bytes = field(default=b"", repr=False)
    status: int = 0
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    body_is_cut: bool = False
    redirects_to: str = ""
    timings: Timings = Timings()
    failure: str = ""
    is_dry_run: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it: a status of 200 to 299, and no error of the function."""
        return 200 <= self.status < 300 and not self.failure

    @property
    def body_text(self) -> str:
        """The answer's body as text."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """A request ready to be sent. `headers` are as soketi hands them on; `body` is what is signed."""

    index: int
    kind: TargetKind
    target: str = field(repr=False)
    event: EventType
    channel: str
    body: bytes = field(repr=False)
    headers: Mapping[str, Any] = field(repr=False)
    is_async: bool = False
    region: str = ""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery as it is kept. `sent_at` is ISO 8601 in UTC; `webhook` counts from 0.

    `asks_dry_run`: AWS was only asked whether it would invoke the function. It is not asked for more on a resend.
    """

    id: str
    sent_at: str
    actor: str
    app_id: str
    webhook: int
    kind: TargetKind
    target: str = field(repr=False)
    event: EventType
    channel: str
    body: bytes = field(repr=False)
    exchange: Exchange
    resent_from: str = ""
    asks_dry_run: bool = False

    @property
    def shown_target(self) -> str:
        """Where it went, without passwords and tokens."""
        return mask_url(self.target)

    @property
    def outcome(self) -> str:
        """In a word or two: the status, or that nothing came back."""
        if self.exchange.failure:
            return "not allowed" if self.exchange.is_dry_run else "failed"
        if self.exchange.is_dry_run:
            return "dry run"
        return str(self.exchange.status)

    def request_text(self, *, reveals_secrets: bool) -> str:
        """The request as it was sent, as text; empty when none was.

        Without the right to reveal, header values of one's own are masked.
        """
        if not self.exchange.request:
            return ""
        head, _, body = self._parts()
        lines = head.split("\r\n")
        first = lines[0] if reveals_secrets else _masked_request_line(lines[0])
        shown = [first, *(_shown_line(line, reveals_secrets) for line in lines[1:])]
        if self.kind is TargetKind.LAMBDA:
            return self._payload_text(reveals_secrets=reveals_secrets)
        return "\n".join((*shown, "", body.decode("utf-8", "replace")))

    def curl(self, *, reveals_secrets: bool) -> str:
        """A command that sends the same request again; empty for a Lambda function."""
        if self.kind is TargetKind.LAMBDA or not self.exchange.request:
            return ""
        head, _, body = self._parts()
        words = ["curl", "--http1.1", "--max-time", "10", "--request", "POST"]
        for line in head.split("\r\n")[1:]:
            name, _, value = _shown_line(line, reveals_secrets).partition(": ")
            if name.lower() not in _FRAMING:
                words += ["--header", f"{name}: {value}" if value else f"{name};"]
        words += ["--data-binary", body.decode("utf-8", "surrogateescape"), "--url"]
        words.append(self.target if reveals_secrets else mask_url(self.target))
        return shlex.join(words)

    def to_json(self) -> str:
        """What is encrypted and kept."""
        plain = asdict(self)
        exchange = plain["exchange"]
        plain["body"] = base64.b64encode(self.body).decode("ascii")
        for name in ("request", "body"):
            exchange[name] = base64.b64encode(exchange[name]).decode("ascii")
        return json.dumps(plain)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The delivery again."""
        plain = json.loads(text)
        exchange = plain.pop("exchange")
        plain["body"] = base64.b64decode(plain["body"])
        for name in ("request", "body"):
            exchange[name] = base64.b64decode(exchange[name])
        exchange["headers"] = tuple((name, value) for name, value in exchange["headers"])
        exchange["timings"] = Timings(**exchange["timings"])
        plain["kind"], plain["event"] = TargetKind(plain["kind"]), EventType(plain["event"])
        return cls(**plain, exchange=Exchange(**exchange))

    def _parts(self) -> tuple[str, bytes, bytes]:
        head, gap, body = self.exchange.request.partition(b"\r\n\r\n")
        return head.decode("latin-1"), gap, body

    def _payload_text(self, *, reveals_secrets: bool) -> str:
        text = self.exchange.request.decode("utf-8", "replace")
        if reveals_secrets or not text:
            return text
        payload = json.loads(text)
        payload["headers"] = {
            name: value if name.lower() in OWN_HEADERS else MASK
            for name, value in payload["headers"].items()
        }
        return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _masked_request_line(line: str) -> str:
    method, _, rest = line.partition(" ")
    path, _, version = rest.rpartition(" ")
    return f"{method} {mask_url(f'//{path}')[2:]} {version}"


def _shown_line(line: str, reveals_secrets: bool) -> str:
    name, colon, value = line.partition(": ")
    if reveals_secrets or name.lower() in OWN_HEADERS or not value:
        return f"{name}{colon}{value}"
    return f"{name}{colon}{MASK}"
