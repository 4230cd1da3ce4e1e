"""What the templates of the pages need: icons, times, colors. `{% load console %}`."""

from __future__ import annotations

import functools
from collections.abc import Hashable
from datetime import datetime
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

TINTS = (
    "gray", "blue", "azure", "indigo", "purple", "pink", "red",
    "orange", "yellow", "lime", "green", "teal", "cyan",
)  # fmt: skip
LEVEL_ICONS = {
    "ok": "circle-check",
    "off": "circle-off",
    "neutral": "circle-dashed",
    "info": "info-circle",
    "warning": "alert-triangle",
    "danger": "alert-octagon",
}
# Django's message tags, and how bad a finding or a problem is.
LEVELS = {
    "debug": "info",
    "success": "ok",
    "error": "danger",
    "critical": "danger",
    "note": "info",
}


@register.simple_tag
# A page has some fifty icons, most of them alike. `typed` keeps safe and unsafe labels apart.
@functools.lru_cache(maxsize=512, typed=True)
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """One icon of the sprite. Without a label it is decoration that a screen reader skips."""
    described = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"')
    )
    return format_html(
        '<svg class="icon {}" {} focusable="false"><use href="{}#{}"/></svg>',
        extra,
        described,
        static("vendor/icons/sprite.svg"),
        name,
    )


@register.simple_tag
@functools.cache
def style_sheets() -> SafeString:
    """The links to every style sheet; their addresses do not change while a process runs."""
    return mark_safe(render_to_string("components/styles.html"))  # noqa: S308 - a template of our own


@register.simple_tag
@functools.lru_cache(maxsize=1024, typed=True)
def rendered(template_name: str, rows: Hashable) -> SafeString:
    """A part of a page that depends on `rows` alone, rendered once for all pages that show the same."""
    return mark_safe(render_to_string(template_name, {"rows": rows}))  # noqa: S308 - a template of our own


@register.filter
def level(name: object) -> str:
    """The console's word for a level: ok, off, neutral, info, warning or danger."""
    text = str(name).lower()
    text = LEVELS.get(text, text)
    return text if text in LEVEL_ICONS else "neutral"


@register.filter
def level_icon(name: object) -> str:
    """The icon of a level."""
    return LEVEL_ICONS[level(name)]


@register.filter
def tint(color: object) -> str:
    """The class of a connection's color; gray for a color the console does not know."""
    return f"tint-{color}" if color in TINTS else "tint-gray"


@register.filter
def ago(moment: datetime | None) -> str:
    """How long ago, in the largest fitting unit: `12 s ago`, `3 min ago`, `5 h ago`, `2 days ago`."""
    if moment is None:
        return "never"
    seconds = (timezone.now() - moment).total_seconds()
    if seconds < 0:
        return "just now"
    return f"{span(seconds)} ago"


@register.filter
def span(seconds: float) -> str:
    """A length of time in its largest fitting unit."""
    for unit, size in (("day", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
    return f"{int(seconds)} s"


@register.simple_tag
def moment(at: datetime | None, style: str = "ago") -> SafeString:
    """A `<time>`: how long ago (`ago`) or the UTC date and time (`full`), with the exact time in reach."""
    if at is None:
        return mark_safe('<span class="soft">never</span>')
    exact = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return format_html(
        '<time datetime="{}" title="{}" class="nowrap">{}</time>',
        at.isoformat(),
        exact,
        exact if style == "full" else ago(at),
    )


@register.simple_tag
# A list has a hundred of them, and few different ones.
@functools.lru_cache(maxsize=1024, typed=True)
def badge(level_name: str, text: object, icon_name: str | None = None) -> SafeString:
    """A state in a word. level_name: ok, off, neutral, info, warning, danger or accent; its icon, or another."""
    shown = level_name or "neutral"
    return format_html(
        '<span class="badge-state badge-{}">{}{}</span>',
        shown,
        icon(icon_name or level_icon(shown)),
        text,
    )


@register.simple_tag
def copy_button(label: str, value: str | None = None) -> SafeString:
    """A button that copies the value or, without one, the text of the nearest `data-copy-source`; label names it."""
    return format_html(
        '<button type="button" class="copy" data-copy{} aria-label="Copy {}" title="Copy {}">{}{}</button>',
        "" if value is None else format_html(' data-copy-value="{}"', value),
        label,
        label,
        icon("copy"),
        icon("check", "", "icon-done"),
    )


@register.simple_tag
def copyable(value: str, label: str) -> SafeString:
    """A value with its copy button."""
    return format_html(
        '<span class="copyable"><span class="value mono">{}</span>{}</span>',
        value,
        copy_button(label, value),
    )


@register.filter
def lookup(mapping: dict[str, object], key: str) -> object:
    """The value of a mapping under a name that a template variable holds."""
    return mapping.get(key, "")


# The faces of an app: label, icon, URL name, and the permission without which it is not shown.
APP_FACES = (
    ("Overview", "gauge", "app-record", ""),
    ("Edit", "edit", "app-edit", "app_update"),
    ("Webhooks", "webhook", "app-webhooks", ""),
    ("History", "history", "app-history", "audit_view"),
)


# A test delivery that was not sent shows the page of the webhooks.
FURTHER_FACES = {("app-webhooks", "delivery-send")}


@register.simple_tag(takes_context=True)
def app_tabs(context: Context) -> list[dict[str, Any]]:
    """The faces of the app of this page that exist and that its reader may see."""
    current = context["request"].resolver_match.url_name
    may: dict[str, bool] = context.get("may") or {}
    tabs = []
    for label, face_icon, url_name, permission in APP_FACES:
        if permission and not may.get(permission):
            continue
        try:
            url = reverse(url_name, args=[context["connection"].slug, context["app_id"]])
        except NoReverseMatch:
            continue
        is_current = current == url_name or (url_name, current) in FURTHER_FACES
        tabs.append({"label": label, "icon": face_icon, "url": url, "current": is_current})
    return tabs
