"""What the templates of the pages need: icons, times, colors. `{% load console %}`."""

from __future__ import annotations

import functools
import re
from collections.abc import Hashable
from datetime import datetime
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from apps_admin.domain.app_path import encode_app_id

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


# Stands for the nonce of a request in the scripts of all requests.
ANY_NONCE = "any-nonce"


@register.simple_tag(takes_context=True)
def scripts(context: Context) -> SafeString:
    """The scripts of every page, with the nonce of this one."""
    # A nonce has no character that HTML would read.
    return mark_safe(_scripts_of_any_page().replace(ANY_NONCE, str(context["csp_nonce"])))  # noqa: S308


@functools.cache
def _scripts_of_any_page() -> str:
    return render_to_string("components/scripts.html", {"csp_nonce": ANY_NONCE})


@register.simple_tag
@functools.lru_cache(maxsize=1024, typed=True)
def rendered(template_name: str, **values: Hashable) -> SafeString:
    """A part of a page that depends on these values alone, rendered once for all pages that show the same."""
    return mark_safe(render_to_string(template_name, values))  # noqa: S308 - a template of our own


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
@functools.lru_cache(maxsize=512, typed=True)
def copy_button(label: str) -> SafeString:
    """A button that copies the text of the nearest `data-copy-source`; label names it."""
    return format_html(
        '<button type="button" class="copy" data-copy aria-label="Copy {}" title="Copy {}">{}{}</button>',
        label,
        label,
        icon("copy"),
        icon("check", "", "icon-done"),
    )


@register.simple_tag
def code(text: str, label: str, *, caption: str = "", wrap: bool = False) -> SafeString:
    """Text to copy, as it is. label: what the copy button copies."""
    before, after = _around_code(label, caption, wrap)
    return before + conditional_escape(text) + after


# A record page has eight texts to copy, and every record page has the same frames around them.
@functools.lru_cache(maxsize=512, typed=True)
def _around_code(label: str, caption: str, wrap: bool) -> tuple[SafeString, SafeString]:
    before = format_html(
        '<figure class="code{}" data-copy-source>{}<pre tabindex="0" aria-label="{}"><code>',
        " code-wrap" if wrap else "",
        format_html("<figcaption>{}</figcaption>", caption) if caption else "",
        label,
    )
    return before, format_html("</code></pre>{}</figure>", copy_button(label))


@register.simple_tag
def copyable(value: str, label: str) -> SafeString:
    """A value with its copy button."""
    return (
        mark_safe('<span class="copyable" data-copy-source><span class="value mono">')
        + conditional_escape(value)
        + mark_safe("</span>")
        + copy_button(label)
        + mark_safe("</span>")
    )


@register.filter
def lookup(mapping: dict[str, object], key: str) -> object:
    """The value of a mapping under a name that a template variable holds."""
    return mapping.get(key, "")


# Stands for the app in addresses that are made once for all apps of a connection: an id that is no word of a URL.
ANY_APP = "0" * 64
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
def connection_url(context: Context, url_name: str) -> str:
    """The address of a page of the connection of this page, as `url` gives it."""
    return _in_connection(url_name, context["connection"].slug)


@functools.lru_cache(maxsize=1024)
def _in_connection(url_name: str, slug: str) -> str:
    return reverse(url_name, args=[slug])


@register.simple_tag(takes_context=True)
def app_url(context: Context, url_name: str) -> str:
    """The address of a page of the app of this page, as `url` gives it: an app's page has a dozen of them."""
    before, after = _around_app(url_name, context["connection"].slug)
    return f"{before}{encode_app_id(context['app_id'])}{after}"


@functools.lru_cache(maxsize=1024)
def _around_app(url_name: str, slug: str) -> tuple[str, str]:
    """What stands before and after the app in its addresses."""
    before, _app, after = reverse(url_name, args=[slug, ANY_APP]).rpartition(ANY_APP)
    return before, after


# Each stands, in a row of the list that is made once for its kind, for a text that an app has of its own.
ROW_MARKS = {
    name: chr(0xE000 + number)
    for number, name in enumerate(
        ("app_id", "address", "label", "app_key", "limit", "webhook_count")
    )
}


@register.simple_tag(takes_context=True)
def list_row(context: Context, row: Any) -> SafeString:
    """One app of the list (a `ListRow`). Fifty of them by the template took two fifths of the page's time."""
    before, after = _around_app("app-record", context["connection"].slug)
    texts: dict[str, str] = {
        mark: conditional_escape(getattr(row, name))
        for name, mark in ROW_MARKS.items()
        if name != "address"
    }
    texts[ROW_MARKS["address"]] = f"{before}{encode_app_id(row.app_id)}{after}"
    return mark_safe("".join([texts.get(part, part) for part in _parts_of_row(row.kind)]))  # noqa: S308


@functools.lru_cache(maxsize=1024)
def _parts_of_row(kind: Hashable) -> tuple[str, ...]:
    """The row of any app of this kind, cut at the marks."""
    row = render_to_string("apps/list_row.html", {"kind": kind, **ROW_MARKS})
    return tuple(re.split(f"([{''.join(ROW_MARKS.values())}])", row))


@register.simple_tag(takes_context=True)
def app_tabs(context: Context) -> SafeString:
    """The faces of the app of this page that its reader may see; nothing where there is but one."""
    may = context["may"]
    seen = tuple(face for face in APP_FACES if not face[3] or may[face[3]])
    if len(seen) < 2:
        return mark_safe("")
    current = context["request"].resolver_match.url_name
    made = _tabs_of_any_app(context["connection"].slug, seen, current)
    # An encoded id has no character that HTML would read.
    return mark_safe(made.replace(ANY_APP, encode_app_id(context["app_id"])))  # noqa: S308


@functools.lru_cache(maxsize=256)
def _tabs_of_any_app(slug: str, faces: tuple[tuple[str, ...], ...], current: str) -> str:
    tabs = [
        {
            "label": label,
            "icon": face_icon,
            "url": reverse(url_name, args=[slug, ANY_APP]),
            "current": current == url_name or (url_name, current) in FURTHER_FACES,
        }
        for label, face_icon, url_name, _permission in faces
    ]
    return render_to_string("components/tabs.html", {"label": "App", "tabs": tabs})
