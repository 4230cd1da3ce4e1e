"""Sockudo's DynamoDB shape: snake_case attributes under the key `id`; BOOL and N only; no negative numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from apps_admin.domain.app import App
from apps_admin.domain.fields import FLAGS
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.item_json import render_item
from apps_admin.domain.limits import Limit
from apps_admin.domain.transfer.items import read_items
from apps_admin.domain.transfer.plain import record_of
from apps_admin.domain.transfer.record import Format, ImportedRecord

# To Sockudo 0 is unlimited for these; it has no word for it elsewhere, and takes its default.
ZERO_IS_UNLIMITED = frozenset({Limit.MAX_CONNECTIONS, Limit.MAX_CLIENT_EVENTS_PER_SECOND})
_MARK = re.compile(r'"id"\s*:\s*\{\s*"S"\s*:')


def _read(stream: TextIO) -> Iterator[ImportedRecord]:
    for record in read_items(stream, "id"):
        yield record if record.problems else _converted(record)


def _converted(record: ImportedRecord) -> ImportedRecord:
    fields: dict[str, Any] = {}
    for name, value in record.item.attributes.items():
        ((kind, content),) = value.items()
        fields[name] = content if kind in {"S", "N", "BOOL"} else None
    if "policy" in fields:
        try:
            policy = _policy(fields.pop("policy"))
        except ValueError as error:
            problem = f"{record.place}, policy: {error}"
            return ImportedRecord(place=record.place, item=record.item, problems=(problem,))
        fields |= policy
    for name in ZERO_IS_UNLIMITED:
        if str(fields.get(name)) == "0":
            fields[name] = "-1"
    return record_of(fields, record.place)


def _policy(text: Any) -> dict[str, Any]:
    """What the newer shape's one JSON text says: it wins over the attributes beside it. Raises ValueError.

    `crates/sockudo-core/src/app.rs`: limits, features, webhooks, and more that soketi does not know.
    """
    try:
        policy = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - about what a file says
    fields: dict[str, Any] = {}
    for part in ("limits", "features"):
        named = policy.pop(part, None) or {}
        if not isinstance(named, dict):
            raise ValueError(f"{part} is no JSON object")  # noqa: TRY004
        fields |= named
    fields["webhooks"] = policy.pop("webhooks", None)
    rest = {name: value for name, value in policy.items() if value not in (None, {}, [])}
    return {n: v for n, v in {**fields, "policy": rest or None}.items() if v is not None}


def _write(items: Iterable[RawItem]) -> Iterator[str]:
    for item in items:
        shape = RawItem(attributes=_shape(App(item)))
        yield f'{{"Item": {render_item(shape)}}}\n'


def _shape(app: App) -> dict[str, AttributeValue]:
    shape: dict[str, AttributeValue] = {"id": {"S": app.id}, "key": {"S": app.key}}
    if app.secret:
        shape["secret"] = {"S": app.secret}
    for flag, stored in FLAGS.items():
        shape[stored.name] = {"BOOL": app.flag(flag)}
    for limit, value in app.limits.items():
        if value is None or (value < 0 and limit not in ZERO_IS_UNLIMITED):
            continue
        shape[limit.value] = {"N": str(0 if value < 0 else int(value))}
    if app.webhooks_text:
        shape["webhooks"] = {"S": app.webhooks_text}
    return shape


SOCKUDO = Format(
    name="sockudo",
    label="Sockudo's DynamoDB shape",
    extension="json",
    matches=lambda head: bool(_MARK.search(head)),
    read=_read,
    write=_write,
)
