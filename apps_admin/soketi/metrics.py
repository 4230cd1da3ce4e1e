"""Reads what soketi's metrics port says (`/metrics`, Prometheus text).

`connected` is not a truthful count: soketi also subtracts connections that it refused (4003, 4100) and never
added, so it sinks below the truth and even below zero (soketi pull request 1195, not merged). Values are per node.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

DEFAULT_PREFIX = "soketi_"
LINE = re.compile(
    r"^(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)(?:\s+-?\d+)?$"
)
LABEL = re.compile(r'(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?P<value>(?:[^"\\]|\\.)*)"')
ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One line of the metrics."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, kw_only=True)
class AppMetrics:
    """What one node counted for one app since it started. Bytes and counts; None where nothing was counted yet."""

    connected: int | None
    new_connections: int | None
    disconnections: int | None
    messages_received: int | None
    messages_sent: int | None
    api_calls: int | None
    received_bytes: int | None
    sent_bytes: int | None

    @property
    def connected_is_impossible(self) -> bool:
        """Whether the gauge is below zero, which shows that connections were refused."""
        return self.connected is not None and self.connected < 0


def parse_metrics(text: str) -> tuple[Sample, ...]:
    """Every sample of a Prometheus text; lines that are none are left out."""
    return tuple(_samples(text.splitlines()))


def app_metrics(
    samples: Iterable[Sample], app_id: str, *, prefix: str = DEFAULT_PREFIX
) -> AppMetrics:
    """The samples of one app, summed over ports."""
    sums: dict[str, float] = {}
    for sample in samples:
        if sample.labels.get("app_id") == app_id:
            sums[sample.name] = sums.get(sample.name, 0) + sample.value

    def count(name: str) -> int | None:
        value = sums.get(prefix + name)
        return None if value is None or not math.isfinite(value) else int(value)

    return AppMetrics(
        connected=count("connected"),
        new_connections=count("new_connections_total"),
        disconnections=count("new_disconnections_total"),
        messages_received=count("ws_messages_received_total"),
        messages_sent=count("ws_messages_sent_total"),
        api_calls=count("http_calls_received_total"),
        received_bytes=count("socket_received_bytes"),
        sent_bytes=count("socket_transmitted_bytes"),
    )


def _samples(lines: Iterable[str]) -> Iterator[Sample]:
    for line in lines:
        match = LINE.match(line.strip())
        if match is None:
            continue
        try:
            value = float(match["value"])
        except ValueError:
            continue
        yield Sample(name=match["name"], labels=_labels(match["labels"] or ""), value=value)


def _labels(text: str) -> dict[str, str]:
    return {
        match["name"]: re.sub(
            r"\\.", lambda escape: ESCAPES.get(escape[0], escape[0]), match["value"]
        )
        for match in LABEL.finditer(text)
    }
