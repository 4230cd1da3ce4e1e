"""Two people edited one app: what each changed, and the form that has both once every conflict is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps_admin.domain.app import App
from apps_admin.domain.comparison import FieldComparison, Standing, compare
from apps_admin.domain.fields import FLAGS, Flag
from apps_admin.domain.item import RawItem
from apps_admin.domain.limits import Limit
from apps_admin.forms.apps import initial_of
from apps_admin.forms.fields import TypedLimit
from apps_admin.services.app_steps import BASE_ATTRIBUTES
from apps_admin.views.app_difference import LABELS, value_text

# The domain's names of what the form edits, and the form's own.
FORM_FIELDS: Mapping[str, str] = {
    FLAGS[Flag.CLIENT_MESSAGES].name: "allows_client_messages",
    FLAGS[Flag.USER_AUTHENTICATION].name: "requires_user_authentication",
    "webhooks": "webhooks",
    **{limit.value: limit.value for limit in Limit},
}
STANDINGS = {
    Standing.MINE: "You changed this",
    Standing.THEIRS: "Somebody else changed this",
    Standing.SAME: "Both changed this, to the same",
    Standing.CONFLICT: "Both changed this",
}


@dataclass(frozen=True, kw_only=True)
class ComparisonRow:
    """One field in its three states. `is_conflict` asks for a choice, sent as `take-<name>`."""

    name: str
    label: str
    standing: str
    is_conflict: bool
    base: str
    mine: str
    stored: str


def compared(base: RawItem, mine: RawItem, stored: RawItem) -> tuple[FieldComparison, ...]:
    """The fields that anybody changed since the form was opened."""
    sides = (_of_form(item) for item in (base, mine, stored))
    return compare(*sides).fields


def comparison_rows(
    fields: tuple[FieldComparison, ...], standings: Mapping[Standing, str] = STANDINGS
) -> list[ComparisonRow]:
    """The fields for the page, conflicts first."""
    rows = [
        ComparisonRow(
            name=each.name,
            label=LABELS.get(each.name, each.name),
            standing=standings[each.standing],
            is_conflict=each.standing is Standing.CONFLICT and each.name in FORM_FIELDS,
            base=_text(each.base),
            mine=_text(each.mine),
            stored=_text(each.stored),
        )
        for each in fields
    ]
    return sorted(rows, key=lambda row: not row.is_conflict)


def merged_fields(
    fields: tuple[FieldComparison, ...], stored: App, typed: Mapping[str, Any]
) -> dict[str, Any]:
    """What the form sends once it stands on what is stored now: theirs, with mine where I changed or chose mine."""
    merged = sent_fields(initial_of(stored))
    for each in fields:
        is_mine = each.standing is Standing.MINE or (
            each.standing is Standing.CONFLICT and typed.get(f"take-{each.name}") == "mine"
        )
        name = FORM_FIELDS.get(each.name)
        if not is_mine or name is None:
            continue
        for key in (name, f"{name}_choice", f"{name}_number"):
            merged.pop(key, None)
            if key in typed:
                merged[key] = typed[key]
    merged["reason"] = typed.get("reason", "")
    return merged


def sent_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Form values as a browser sends them: an unticked box not at all, a limit as choice and number."""
    sent: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, TypedLimit):
            sent[f"{name}_choice"] = value.choice
            sent[f"{name}_number"] = value.number
        elif isinstance(value, bool):
            if value:
                sent[name] = "on"
        else:
            sent[name] = value
    return sent


def _of_form(item: RawItem) -> RawItem:
    return RawItem(attributes={k: v for k, v in item.attributes.items() if k in BASE_ATTRIBUTES})


def _text(part: Mapping[str, Any]) -> str:
    """The attributes that stand for a field; several when an alias is stored too."""
    texts = {name: value_text(name, value) or "" for name, value in part.items()}
    if len(texts) <= 1:
        return next(iter(texts.values()), "not set")
    return "\n".join(f"{name}: {text}" for name, text in texts.items())
