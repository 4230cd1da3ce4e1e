"""What soketi's own classes make of items (see classes.js)."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from apps_admin.domain.item import RawItem

HERE = Path(__file__).parent


def wire_json(item: RawItem) -> dict[str, Any]:
    """The item as DynamoDB's own JSON, B as base64."""
    return {name: _wire(value) for name, value in item.attributes.items()}


def _wire(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, part),) = value.items()
    match kind:
        case "B":
            part = base64.b64encode(bytes(part)).decode("ascii")
        case "BS":
            part = [base64.b64encode(bytes(one)).decode("ascii") for one in part]
        case "L":
            part = [_wire(one) for one in part]
        case "M":
            part = {name: _wire(one) for name, one in part.items()}
    return {kind: part}


def judge_items(
    items: Iterable[RawItem],
    *,
    channels: Sequence[str] = ("probe",),
    events: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """One verdict per item, in order.

    Webhooks are tried on `channels`, and on one that their filter lets through; `events` are delivered as they are.
    """
    more = {"channels": list(channels), "events": list(events)}
    lines = [json.dumps({"item": wire_json(item), **more}) for item in items]
    done = subprocess.run(
        ["node", "--no-deprecation", "--no-warnings", "classes.js"],
        cwd=HERE,
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    verdicts = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert len(verdicts) == len(lines), done.stderr
    return verdicts
