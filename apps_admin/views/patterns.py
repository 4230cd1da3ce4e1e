"""The pattern page: every component in every state, for those who build pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps_admin.domain.actions import Role
from apps_admin.services.accounts import actor_of
from apps_admin.templatetags.console import LEVEL_ICONS, TINTS


class PatternForm(forms.Form):
    """One field of each kind."""

    text = forms.CharField(
        label="Text", help_text="A hint says what is expected, before it goes wrong."
    )
    choice = forms.ChoiceField(label="Select", choices=[("a", "The first"), ("b", "The second")])
    number = forms.IntegerField(label="Number", required=False, min_value=1)
    long_text = forms.CharField(label="Long text", widget=forms.Textarea(attrs={"rows": 3}))
    check = forms.BooleanField(label="Checkbox", help_text="What ticking it does.", required=False)
    radio = forms.ChoiceField(
        label="Radio buttons",
        choices=[("default", "Server default"), ("unlimited", "Unlimited"), ("number", "A number")],
        widget=forms.RadioSelect,
    )


@require_safe
def pattern_list(request: HttpRequest) -> HttpResponse:
    """Show the components. For administrators, and for everybody while DEBUG is on."""
    grants = actor_of(request).grants.values()
    if not settings.DEBUG and not any(grant.role is Role.ADMINISTRATOR for grant in grants):
        raise Http404
    return render(request, "patterns/list.html", _samples())


def _samples() -> dict[str, Any]:
    now = timezone.now()
    return {
        "levels": list(LEVEL_ICONS),
        "tints": TINTS,
        "form": PatternForm(initial={"text": "shop", "radio": "default"}),
        "bad_form": PatternForm({"text": "", "number": "-5"}, prefix="bad"),
        "moments": [now - timedelta(seconds=age) for age in (4, 200, 9_000, 400_000)],
        "findings": [
            {
                "severity": "danger",
                "message": "Webhook 2 has no event_types.",
                "effect": "soketi answers 4001 for this app, and stops when it delivers a webhook.",
            },
            {
                "severity": "warning",
                "message": "Enabled is stored as text.",
                "effect": "soketi takes any text for true: this app cannot be disabled like this.",
            },
            {"severity": "info", "message": "2 attributes are unknown to soketi.", "effect": ""},
        ],
        "rows": [
            {"name": "MaxConnections", "label": "Connections", "before": "100", "after": "250"},
            {"name": "Webhooks", "label": "Webhooks", "before": None, "after": "[ ]"},
            {"name": "enabled", "label": "enabled (alias)", "before": "false", "after": None},
        ],
        "tabs": [
            {"label": "Overview", "url": "#", "current": True, "icon": "gauge"},
            {"label": "Edit", "url": "#", "icon": "edit"},
            {
                "label": "Doctor",
                "url": "#",
                "icon": "stethoscope",
                "count": "2",
                "level": "warning",
            },
        ],
        "code": "SOKETI_APP_MANAGER_DRIVER=dynamodb\nSOKETI_APP_MANAGER_DYNAMODB_TABLE=apps",
    }
