"""Records of other programs: plain names and values, from which an item in canonical types is made."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from apps_admin.domain.fields import (
    FIELD_OF_ATTRIBUTE,
    FLAGS,
    ID,
    KEY,
    SECRET,
    WEBHOOKS,
    StoredField,
)
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.limits import LIMITS, Limit, check_limit, number_attribute_text
from apps_admin.domain.transfer.record import ImportedRecord

TRUE = frozenset({"1", "true", "t", "yes", "on"})
FALSE = frozenset({"0", "false", "f", "no", "off"})
# What other programs call a field of soketi's, beside the names soketi itself reads.
OTHER_NAMES: Mapping[str, str] = {
    "app_id": "AppId",
    "app_key": "AppKey",
    "app_secret": "AppSecret",
    # Sockudo's names.
    **{limit.value: rule.attribute for limit, rule in LIMITS.items()},
    "max_backend_events_per_sec": "MaxBackendEventsPerSecond",
    "max_client_events_per_sec": "MaxClientEventsPerSecond",
    "max_read_req_per_sec": "MaxReadRequestsPerSecond",
    "capacity": "MaxConnections",
    "name": "Name",
}
_FLAG_NAMES = frozenset(name for each in FLAGS.values() for name in each.names)
_TEXT_NAMES = frozenset({*ID.names, *KEY.names, *SECRET.names})


def record_of(fields: Mapping[str, Any], place: str) -> ImportedRecord:
    """The item that plain fields describe. Absent, null and blank ones are left out; unknown ones are kept as text."""
    attributes: dict[str, AttributeValue] = {}
    problems: list[str] = []
    for name, value in fields.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        stored = FIELD_OF_ATTRIBUTE.get(OTHER_NAMES.get(name, name))
        try:
            if stored is None:
                attributes[OTHER_NAMES.get(name, name)] = _unknown(value)
            else:
                attributes[stored.attribute] = _known(stored, value)
        except ValueError as error:
            problems.append(f"{place}, {name}: {error}")
    if attributes.get(WEBHOOKS.attribute) == {"S": "[]"}:
        del attributes[WEBHOOKS.attribute]
    return ImportedRecord(
        place=place, item=RawItem(attributes=attributes), problems=tuple(problems)
    )


def _known(stored: StoredField, value: Any) -> AttributeValue:
    if stored.attribute in _TEXT_NAMES:
        if isinstance(value, bool | dict | list):
            raise ValueError("must be text")
        return {"S": str(value)}
    if stored.attribute in _FLAG_NAMES:
        return {"BOOL": _flag(value)}
    if stored is WEBHOOKS:
        return {"S": _webhooks(value)}
    return {"N": _number(Limit(stored.name), value)}


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in TRUE | FALSE:
        raise ValueError(f"{text[:40]!r} is neither yes nor no")
    return text in TRUE


def _number(limit: Limit, value: Any) -> str:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{str(value)[:40]!r} is not a number") from None
    problems = check_limit(limit, number)
    if problems:
        raise ValueError(problems[0])
    return number_attribute_text(number)


def _webhooks(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        parsed = json.loads(value)
    except ValueError:
        raise ValueError("the webhooks are not JSON") from None
    return json.dumps(parsed, ensure_ascii=False, separators=(",", ":"))


def _unknown(value: Any) -> AttributeValue:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a number that can be stored")
    if isinstance(value, int | float):
        return {"N": str(value)}
    return {"S": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}
