"""The filters and orders of the list of apps that have no button: a plain GET form, so that an address holds them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps_admin.domain.finding import RULES
from apps_admin.domain.limits import LIMITS, Limit
from apps_admin.domain.webhook_verdicts import EventType
from apps_admin.services.search import SORT_COLUMNS, AppQuery

# Stands in an address only until it is written in the words of `AppQuery`.
LIMIT, AT_LEAST, AT_MOST = "limit", "at_least", "at_most"
YES_OR_NO = [("", "Any"), ("yes", "On"), ("no", "Off")]
TEXT_COLUMNS = frozenset({"id", "key", "label", "state"})
COLUMN_LABELS: Mapping[str, str] = {
    "id": "Id",
    "key": "Key",
    "label": "Label",
    "state": "State",
    "findings": "Severity of findings",
    "client_messages": "Client messages",
    "user_authentication": "User authentication",
    "webhooks": "Number of webhooks",
    **{limit.value: rule.label for limit, rule in LIMITS.items()},
}


def _orders() -> Iterator[tuple[str, str]]:
    for name in SORT_COLUMNS:
        is_text = name in TEXT_COLUMNS
        up, down = ("A to Z", "Z to A") if is_text else ("Lowest first", "Highest first")
        yield name, f"{up}: {COLUMN_LABELS[name]}"
        yield f"-{name}", f"{down}: {COLUMN_LABELS[name]}"


class ShortSelect(forms.Select):
    """A select of plain options. Django renders a template for each, and the list's page has a hundred."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: Any = None,  # noqa: ARG002 - Django's signature
    ) -> SafeString:
        """The element with its options."""
        choices = tuple((str(key), str(label)) for key, label in self.choices)
        return format_html(
            "<select{}>{}</select>",
            flatatt({"name": name, **self.build_attrs(self.attrs, attrs)}),
            _options(choices, "" if value is None else str(value)),
        )


@functools.lru_cache(maxsize=256)
def _options(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((key, SafeString(" selected") if key == chosen else "", label) for key, label in choices),
    )


class AppFilterForm(forms.Form):
    """What narrows a list further, showing what holds now. The list reads its address, not this form."""

    finding = forms.ChoiceField(
        label="Finding",
        widget=ShortSelect,
        choices=[
            ("", "Any or none"),
            ("any", "Every app with findings"),
            *((code, RULES[code].title) for code in sorted(RULES)),
        ],
    )
    client_messages = forms.ChoiceField(
        label="Client messages", choices=YES_OR_NO, widget=ShortSelect
    )
    user_authentication = forms.ChoiceField(
        label="User authentication", choices=YES_OR_NO, widget=ShortSelect
    )
    webhook_event = forms.ChoiceField(
        label="Webhook for",
        widget=ShortSelect,
        choices=[("", "Any event or none"), *((each.value, each.value) for each in EventType)],
    )
    limit = forms.ChoiceField(
        label="Limit",
        widget=ShortSelect,
        choices=[(limit.value, rule.label) for limit, rule in LIMITS.items()],
    )
    at_least = forms.CharField(label="At least")
    at_most = forms.CharField(label="At most")
    sort = forms.ChoiceField(label="Order", choices=list(_orders()), widget=ShortSelect)

    def __init__(self, query: AppQuery) -> None:
        given = query.to_parameters()
        self.shown_limit = query.limits[0].limit if query.limits else Limit.MAX_CONNECTIONS
        bounds = (f"{self.shown_limit.value}_min", f"{self.shown_limit.value}_max")
        initial = {
            **given,
            "sort": query.sort,
            LIMIT: self.shown_limit.value,
            AT_LEAST: given.get(bounds[0], ""),
            AT_MOST: given.get(bounds[1], ""),
        }
        super().__init__(initial=initial, use_required_attribute=False)
        # What the list's address holds and this form does not show.
        shown = {*self.fields, *bounds, "q", "cursor"}
        self.kept = {name: value for name, value in given.items() if name not in shown}
        self.is_used = query.finding not in {"", "any"} or not given.keys().isdisjoint(
            {"client_messages", "user_authentication", "webhook_event", *bounds}
        )
        for name, field in self.fields.items():
            kind = "form-control" if name in {AT_LEAST, AT_MOST} else "form-select"
            field.widget.attrs |= {"class": f"{kind} {kind}-sm"}


def query_of_form(parameters: Mapping[str, str]) -> AppQuery:
    """The query of what the form sends."""
    limit = parameters.get(LIMIT, "")
    bounds = {
        f"{limit}_min": parameters.get(AT_LEAST, ""),
        f"{limit}_max": parameters.get(AT_MOST, ""),
    }
    return AppQuery.from_parameters({**parameters, **bounds})
