"""What the webhook studio shows: the list, the open webhook's fields, the problems, the filter tester."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps_admin.domain.app import App
from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.json_reader import JsonNode
from apps_admin.domain.webhook_fields import (
    Target,
    WebhookFields,
    fields_of,
    find_filled,
    unknown_events,
    unknown_keys,
    with_fields,
)
from apps_admin.domain.webhook_list import (
    read_list,
    with_duplicate,
    with_moved,
    with_new_webhook,
    without_webhook,
)
from apps_admin.domain.webhook_samples import payload_text, sample_payload, why_never_on
from apps_admin.domain.webhook_secrets import restore_webhooks
from apps_admin.domain.webhook_verdicts import EVENT_MEANINGS, Verdict, judge_webhook
from apps_admin.domain.webhooks import (
    BATCHING_NOTE,
    EventType,
    compact_webhooks,
    explain_all,
    format_webhooks,
    has_errors,
    lint_webhooks,
    parse_webhooks,
)
from apps_admin.forms.webhooks import Sent, fingerprint
from apps_admin.services.form_base import read_base, sign_base
from apps_admin.views.app_facts import target_of
from apps_admin.views.decorators import WorkspaceRequest

# So many webhooks are on one page of the list; the JSON beside it has them all.
MOST_LISTED = 100
LEVELS = {Verdict.KEPT: "ok", Verdict.IGNORED: "warning", Verdict.LETHAL: "danger"}
WORDS = {Verdict.KEPT: "Active", Verdict.IGNORED: "Ignored", Verdict.LETHAL: "Lethal"}


@dataclass(kw_only=True)
class Studio:
    """The state of the studio between two requests. `told` is for the screen reader, `focus` an element's id."""

    base: App
    text: str
    opened: int = -1
    channel: str = ""
    event: EventType = EventType.CHANNEL_OCCUPIED
    errors: list[str] = field(default_factory=list)
    told: str = ""
    focus: str = ""
    # Fields that could not be put into the JSON yet, with what they were filled with.
    pending: tuple[WebhookFields, WebhookFields] | None = None
    # The first webhook of the list's page.
    start: int = 0
    # What was chosen for a test delivery, and why it was not sent.
    chosen: int = -1
    is_dry_run: bool = False
    reason: str = ""
    send_errors: list[str] = field(default_factory=list)

    @classmethod
    def received(cls, base: App, sent: Sent) -> Studio:
        """What was sent, with the form's changes in the JSON and the pressed button's step done."""
        studio = cls(
            base=base,
            text=sent.text,
            opened=sent.opened,
            channel=sent.channel,
            event=sent.event,
            start=sent.start,
            is_dry_run=sent.is_dry_run,
            reason=sent.reason,
        )
        studio._take_fields(sent)
        step = _STEPS.get(sent.step)
        if step is not None:
            if sent.step in _AT_A_PLACE and sent.listed and sent.listed != fingerprint(sent.text):
                studio.errors.append(
                    "The JSON was changed after this list was drawn, so nothing was moved or removed. The list is "
                    "drawn anew: press the button again."
                )
            else:
                studio._try(step, sent.place)
        keeps_choice = sent.step not in _STEPS and sent.webhook >= 0
        studio.chosen = sent.webhook if keeps_choice else studio.opened
        return studio

    def _take_fields(self, sent: Sent) -> None:
        if sent.filled is None or sent.typed is None:
            return
        self.opened = find_filled(self.text, sent.opened, sent.filled)
        try:
            self.text = with_fields(self.text, self.opened, sent.filled, sent.typed)
        except ValidationError as error:
            self.pending = (sent.filled, sent.typed)
            self.errors += [text for texts in error.errors.values() for text in texts]

    def _try(self, step: str, place: int) -> None:
        try:
            getattr(self, f"_{step}")(place)
        except ValidationError as error:
            self.errors += [text for texts in error.errors.values() for text in texts]

    def _add(self, _place: int) -> None:
        self.text = with_new_webhook(self.text)
        self._open(len(nodes_of(self.text)) - 1)
        self.told = f"Added webhook {self.opened + 1}."

    def _duplicate(self, place: int) -> None:
        self.text = with_duplicate(self.text, place)
        self._open(place + 1)
        self.told = f"Webhook {place + 2} is a copy of webhook {place + 1}."

    def _remove(self, place: int) -> None:
        self.text = without_webhook(self.text, place)
        self.opened = -1 if self.opened == place else self.opened - (self.opened > place)
        left = len(nodes_of(self.text))
        self._turn_to(min(place, left - 1))
        self.focus = f"open-{min(place, left - 1)}" if left else "add"
        self.told = f"Removed webhook {place + 1}. {left} left."

    def _up(self, place: int) -> None:
        self._move(place, place - 1, "up")

    def _down(self, place: int) -> None:
        self._move(place, place + 1, "down")

    def _move(self, place: int, to: int, button: str) -> None:
        before, self.text = self.text, with_moved(self.text, place, to)
        if before == self.text:
            return
        self.opened = {place: to, to: place}.get(self.opened, self.opened)
        self._turn_to(to)
        last = len(nodes_of(self.text)) - 1
        turned = {"up": "down", "down": "up"}[button]
        self.focus = f"{turned if to in (0, last) and last else button}-{to}"
        if 0 < to < last:
            self.focus = f"{button}-{to}"
        self.told = f"Webhook {place + 1} is number {to + 1} now."

    def _page(self, place: int) -> None:
        last = len(nodes_of(self.text))
        self.start = max(0, place) // MOST_LISTED * MOST_LISTED
        self.focus = f"open-{self.start}"
        until = min(self.start + MOST_LISTED, last)
        self.told = f"Webhooks {self.start + 1} to {until} of {last}."

    def _turn_to(self, place: int) -> None:
        """Turn to the page of the list that has this webhook."""
        if not self.start <= place < self.start + MOST_LISTED:
            self.start = max(0, place) // MOST_LISTED * MOST_LISTED

    def _open(self, place: int) -> None:
        self._turn_to(place)
        self.opened = place
        self.focus = "webhook-form-title"

    def _close(self, _place: int) -> None:
        self._turn_to(self.opened)
        self.focus = f"open-{self.opened}"
        self.opened = -1

    def _format(self, _place: int) -> None:
        self.text = format_webhooks(self.text)

    @property
    def restored(self) -> str:
        """The JSON with the values that are shown masked; as it is where one of them is not known."""
        try:
            return restore_webhooks(self.text, self.base.webhooks_text)
        except ValidationError:
            return self.text

    @property
    def is_unsaved(self) -> bool:
        """Whether the list differs from the stored one in more than its layout."""
        return compact_webhooks(self.restored) != compact_webhooks(self.base.webhooks_text)

    def context(self) -> dict[str, Any]:
        """What templates/webhooks/studio_parts.html shows."""
        restored = self.restored
        problems = lint_webhooks(restored)
        nodes = read_list(self.text)
        parsed = parse_webhooks(restored) or []
        if self.start >= len(parsed):
            self.start = 0
        explanations = self._explanations(parsed)
        return {
            "studio": self,
            "problems": problems,
            "is_savable": not has_errors(problems),
            "is_list": nodes is not None,
            "listed": fingerprint(self.text),
            "rows": self._rows(parsed) if nodes is not None else [],
            "has_lambda": any(is_lambda(each) for each in parsed),
            "listed_of": len(parsed) if nodes is not None else 0,
            "pages": self._pages(len(parsed)) if nodes is not None else [],
            "form": self._form(nodes.children if nodes is not None else []),
            "explanations": explanations[:MOST_LISTED],
            "unexplained": len(explanations[MOST_LISTED:]),
            "firing": sum(each["fires"] for each in explanations),
            "never": why_never_on(self.event, self.channel) if self.channel else "",
            "events": list(EventType),
            "batching_note": BATCHING_NOTE,
        }

    def _rows(self, webhooks: list[Any]) -> list[dict[str, Any]]:
        rows = []
        shown = webhooks[self.start : self.start + MOST_LISTED]
        for index, webhook in enumerate(shown, self.start):
            effective = judge_webhook(index, webhook)
            rows.append(
                {
                    "index": index,
                    "number": index + 1,
                    "target": target_of(webhook),
                    "events": [event.value for event in effective.events],
                    "level": LEVELS[effective.verdict],
                    "word": WORDS[effective.verdict],
                    "reason": effective.reason,
                    "is_open": index == self.opened,
                    "is_chosen": index == (self.chosen if self.chosen >= 0 else self.opened),
                    "is_first": index == 0,
                    "is_last": index == len(webhooks) - 1,
                }
            )
        return rows

    def _form(self, nodes: list[JsonNode]) -> dict[str, Any] | None:
        if self.pending is not None:
            filled, shown = self.pending
            return _form_context(self.opened, filled, shown, ())
        if not 0 <= self.opened < len(nodes):
            return None
        node = nodes[self.opened]
        fields = fields_of(self.text, node)
        return _form_context(self.opened, fields, fields, unknown_keys(node))

    def _explanations(self, webhooks: list[Any]) -> list[dict[str, Any]]:
        if not self.channel:
            return []
        explained = explain_all(webhooks, self.event, self.channel)
        told = [
            {
                "number": each.index + 1,
                "target": target_of(webhooks[each.index]),
                "fires": each.fires,
                "reason": each.reason,
            }
            for each in explained
        ]
        # Of more than are shown, those that fire come first.
        return sorted(told, key=lambda each: not each["fires"]) if len(told) > MOST_LISTED else told

    def _pages(self, webhooks: int) -> list[dict[str, Any]]:
        """The pages of a list that is longer than one."""
        if webhooks <= MOST_LISTED:
            return []
        return [
            {
                "start": start,
                "first": start + 1,
                "last": min(start + MOST_LISTED, webhooks),
                "is_shown": start == self.start,
            }
            for start in range(0, webhooks, MOST_LISTED)
        ]


_AT_A_PLACE = frozenset({"up", "down", "duplicate", "remove", "open"})
_STEPS = {name: name for name in ("add", "close", "format", "page", *_AT_A_PLACE)}


def sent_base(request: WorkspaceRequest, app_id: str) -> App:
    """The app as it was when the page was opened. Raises ValidationError for a page of another app."""
    slug = request.workspace.connection.slug
    base = read_base(slug, app_id, request.POST.get("base", ""))
    return App(base.with_attribute("AppId", {"S": app_id}))


def show_studio(
    request: WorkspaceRequest, studio: Studio, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The whole page."""
    context = {**studio_place(request, studio), **studio.context(), **more}
    return render(request, "webhooks/studio.html", context, status=status)


def studio_place(request: WorkspaceRequest, studio: Studio) -> dict[str, Any]:
    """Whose webhooks these are, for every template of the studio."""
    app_id = studio.base.id
    return {
        "app_id": app_id,
        "segment": encode_app_id(app_id),
        "base": sign_base(request.workspace.connection.slug, studio.base.item),
        "studio": studio,
    }


def nodes_of(text: str) -> list[JsonNode]:
    """The webhooks of the text; none where it is no list."""
    root = read_list(text)
    return root.children if root is not None else []


def is_lambda(webhook: Any) -> bool:
    """Whether it goes to a Lambda function: soketi prefers a URL."""
    is_record = isinstance(webhook, dict)
    return is_record and not webhook.get("url") and bool(webhook.get("lambda_function"))


def _form_context(
    index: int, filled: WebhookFields, shown: WebhookFields, unknown: tuple[str, ...]
) -> dict[str, Any]:
    rows = [*(shown.headers or ()), ("", "")] if shown.headers is not None else []
    return {
        "index": index,
        "number": index + 1,
        "filled": filled.to_json(),
        "fields": shown,
        "is_lambda": shown.target is Target.LAMBDA,
        "events": event_choices(shown),
        "unknown_events": unknown_events(shown.events),
        "headers": rows,
        "unknown": unknown,
        "only_json": _only_json(shown),
    }


def event_choices(shown: WebhookFields) -> list[dict[str, Any]]:
    """The pick list of events, each with a sample of what is sent."""
    chosen = shown.events or ()
    now = int(timezone.now().timestamp() * 1000)
    return [
        {
            "name": event.value,
            "meaning": meaning,
            "is_chosen": event.value in chosen,
            "sample": json.dumps(
                json.loads(payload_text(sample_payload(event, time_ms=now))), indent=2
            ),
        }
        for event, meaning in EVENT_MEANINGS.items()
    ]


def _only_json(shown: WebhookFields) -> tuple[str, ...]:
    names = {
        "url": shown.url,
        "lambda_function": shown.function,
        "lambda.async": shown.is_async,
        "lambda.region": shown.region,
        "lambda.client_options": shown.client_options,
        "event_types": shown.events,
        "headers": shown.headers,
        "filter": None if shown.starts_with is None or shown.ends_with is None else "",
    }
    return tuple(name for name, value in names.items() if value is None)
