"""What the webhook studio sends: the JSON, the fields of the webhook that is open, and which button was pressed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django import forms
from django.http import QueryDict

from apps_admin.domain.webhook_fields import Target, WebhookFields
from apps_admin.domain.webhook_verdicts import EventType
from apps_admin.forms.apps import ConsoleForm, ReasonField
from apps_admin.forms.fields import plain_lines

MAX_ROWS = 200


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request of the studio. `filled` is what the open webhook's fields were filled with, None when none was open."""

    text: str
    step: str
    place: int
    opened: int
    listed: str
    filled: WebhookFields | None
    typed: WebhookFields | None
    channel: str
    event: EventType
    start: int = 0
    webhook: int = -1
    is_dry_run: bool = False
    reason: str = ""

    @classmethod
    def of(cls, data: QueryDict) -> Sent:
        """Read it; whatever is not understood counts as not sent."""
        filled = WebhookFields.from_json(data.get("filled", ""))
        step, _, place = data.get("do", "sync").partition(":")
        return cls(
            text=plain_lines(data.get("webhooks", "")),
            step=step,
            place=_number(place),
            opened=_number(data.get("opened", "")),
            listed=data.get("listed", ""),
            filled=filled,
            typed=typed_fields(data, filled) if filled is not None else None,
            channel=data.get("channel", "")[:1000],
            event=event_of(data),
            start=max(0, _number(data.get("start", ""))),
            webhook=_number(data.get("webhook", "")),
            is_dry_run="dry_run" in data,
            reason=data.get("reason", "")[:500],
        )


def event_of(data: Mapping[str, str]) -> EventType:
    """The event that is tried; the first one where none is named."""
    name = data.get("event", "")
    return EventType(name) if name in set(EventType) else EventType.CHANNEL_OCCUPIED


def typed_fields(data: QueryDict, filled: WebhookFields) -> WebhookFields:
    """The fields as they were sent. What only JSON can say has no field and stays None."""

    def text(name: str, before: str | None) -> str | None:
        if before is None or name not in data:
            return before
        return plain_lines(str(data[name]))

    return replace(
        filled,
        target=Target.LAMBDA if data.get("target") == Target.LAMBDA else Target.URL,
        url=text("url", filled.url),
        function=text("function", filled.function),
        is_async="is_async" in data
        if filled.is_async is not None and "has_lambda" in data
        else filled.is_async,
        region=text("region", filled.region),
        client_options=text("client_options", filled.client_options),
        events=None if filled.events is None else tuple(dict.fromkeys(data.getlist("events"))),
        headers=None if filled.headers is None else _rows(data),
        starts_with=text("starts_with", filled.starts_with),
        ends_with=text("ends_with", filled.ends_with),
    )


def _rows(data: QueryDict) -> tuple[tuple[str, str], ...]:
    """Header rows with a name, each name once: of equal ones the last counts, as in JSON."""
    names, values = data.getlist("header_name"), data.getlist("header_value")
    rows = zip(names[:MAX_ROWS], values[:MAX_ROWS], strict=False)
    return tuple({name.strip(): value for name, value in rows if name.strip()}.items())


def fingerprint(text: str) -> str:
    """Which text a list of webhooks was drawn from."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1


class SaveForm(ConsoleForm):
    """Why the webhooks are changed."""

    def __init__(self, *arguments: object, needs_reason: bool = False, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.fields["reason"] = ReasonField(required=needs_reason)


class DeliveryForm(forms.Form):
    """One test delivery."""

    webhook = forms.IntegerField(min_value=0)
    event = forms.ChoiceField(choices=[(event.value, event.value) for event in EventType])
    channel = forms.CharField(required=False, max_length=1000, strip=False)
    dry_run = forms.BooleanField(required=False)
