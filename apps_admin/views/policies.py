"""IAM policies: one for each purpose, with the reason of each action, and a check of policies that exist."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps_admin.domain.errors import ConsoleError, ValidationError
from apps_admin.domain.table_reading import account_of
from apps_admin.forms.generators import PolicyForm, as_form_data, is_needed, take_errors, values_of
from apps_admin.generators.policies import PURPOSES, find_purpose
from apps_admin.generators.policies.checking import PolicyCheck, Verdict, check_policy
from apps_admin.generators.policies.inputs import PolicyInputs
from apps_admin.generators.policies.options import OPTIONS, relevant_options
from apps_admin.generators.policies.outputs import OUTPUTS, sizes
from apps_admin.generators.policies.purpose import Purpose
from apps_admin.services.account_log import origin_of
from apps_admin.services.tables import read_live_table
from apps_admin.services.workspace import open_workspace
from apps_admin.views.decorators import sent
from apps_admin.views.generated import (
    FILL,
    Document,
    command_for,
    fillable_connections,
    generating_actor,
    link_to,
    part_of_page,
)
from apps_admin.views.schemas import KIND_LABELS

FIRST_PURPOSE = next(iter(PURPOSES))
EXTERNAL_ID_BYTES = 24
PLACE = ("table", "region", "account", "partition")
SEVERITIES = {
    Verdict.MISSING: "danger",
    Verdict.EXCESS: "warning",
    Verdict.WILDCARD: "warning",
    Verdict.UNKNOWN: "warning",
    Verdict.NOTE: "info",
}


@require_http_methods(["GET", "POST"])
def generator_policy(request: HttpRequest) -> HttpResponse:
    """Choose a purpose and where its table is; read, copy or download the policy."""
    generating_actor(request)
    purpose = _purpose_of(request)
    if request.method == "GET" and request.GET.get(FILL):
        return _filled(request, request.GET[FILL], purpose)
    data = sent(request) or _first_data(request.GET, purpose)
    awaited = [] if sent(request) else _awaited(data, purpose)
    if awaited:
        # Nothing was typed yet, so nothing is wrong yet.
        form = PolicyForm(purpose, initial=data.dict())
        context: dict[str, Any] = {
            "documents": [],
            "awaited_text": f"Still needed: {', '.join(awaited)}.",
        }
    else:
        form = PolicyForm(purpose, data)
        context = _context(form, purpose)
    if part := part_of_page(request, context):
        return part
    return render(request, "generators/policy.html", context | _frame(request, purpose, form))


@require_http_methods(["GET", "POST"])
def generator_check(request: HttpRequest) -> HttpResponse:
    """Hold a pasted policy against a purpose."""
    generating_actor(request)
    purpose = _purpose_of(request)
    data = sent(request)
    form = PolicyForm(purpose, data, checks=True, initial=_initial(request.GET))
    check = _check(form, purpose) if data is not None else None
    context = {"check": check, "remarks": _remarks(check), "form": form, "documents": []}
    if getattr(request, "htmx", False):
        return render(request, "generators/check_result.html", context)
    return render(request, "generators/check.html", context | _frame(request, purpose, form))


def _purpose_of(request: HttpRequest) -> Purpose:
    """The purpose the address names. An unknown one is told with the valid ones, above the first."""
    name = request.POST.get("purpose") or request.GET.get("purpose") or FIRST_PURPOSE
    try:
        return find_purpose(name)
    except ValidationError as error:
        messages.error(request, error.message)
        return PURPOSES[FIRST_PURPOSE]


def _first_data(query: QueryDict, purpose: Purpose) -> QueryDict:
    """What the address says, with defaults for what it leaves out."""
    values = values_of(query, [option.name for option in OPTIONS if option.is_linkable])
    values = {name: texts for name, texts in values.items() if texts}
    values.setdefault("table", ["apps"])
    values.setdefault("region", ["us-east-1"])
    values["format"] = [query.get("format", next(iter(OUTPUTS)))]
    if "external_id" in purpose.requires:
        values["external_id"] = [secrets.token_urlsafe(EXTERNAL_ID_BYTES)]
    return as_form_data(values)


def _awaited(data: QueryDict, purpose: Purpose) -> list[str]:
    """The labels of the inputs without which there is no document, and which the address does not give."""
    return [
        option.label
        for option in relevant_options(purpose)
        if is_needed(option.name, purpose) and not data.get(option.name)
    ]


def _initial(query: QueryDict) -> dict[str, Any]:
    return {"table": "apps", "region": "us-east-1"} | {
        name: query[name] for name in PLACE if query.get(name)
    }


def _context(form: PolicyForm, purpose: Purpose) -> dict[str, Any]:
    """What preview.html shows."""
    inputs = form.to_inputs()
    if inputs is None:
        return {"documents": [], "form": form}
    output = OUTPUTS[form.cleaned_data["format"]]
    values = _linkable(form, purpose) | {"format": [output.name]}
    return {
        "documents": [
            Document(
                label=f"{purpose.label}, {output.label}",
                filename=output.filename_for(purpose),
                lexer=output.lexer,
                text=output.write(purpose, inputs),
                note=purpose.note,
            )
        ],
        "reasons": _reasons(purpose, inputs),
        "sizes": sizes(purpose, inputs),
        "not_proven": purpose.unproven_note,
        "link": link_to(reverse("generator-policy"), values),
        "command": command_for("generate_policy", values),
        "form": form,
    }


def _linkable(form: PolicyForm, purpose: Purpose) -> dict[str, list[str]]:
    names = [option.name for option in relevant_options(purpose) if option.is_linkable]
    given = values_of(form.data, names)
    return {"purpose": [purpose.name], **{name: texts for name, texts in given.items() if texts}}


def _reasons(purpose: Purpose, inputs: PolicyInputs) -> list[dict[str, Any]]:
    return [
        {
            "action": action,
            "reason": reason,
            "effect": statement.effect,
            "resources": statement.resources,
        }
        for statement in purpose.write(inputs)
        for action, reason in statement.actions.items()
    ]


def _frame(request: HttpRequest, purpose: Purpose, form: PolicyForm) -> dict[str, Any]:
    """What the page has around the preview: the purposes to choose from, the connections to fill from."""
    kept = {name: [request.GET[name]] for name in PLACE if request.GET.get(name)}
    path = request.path
    groups = [
        {
            "label": label,
            "links": [
                {
                    "label": each.label,
                    "url": link_to(path, {"purpose": [each.name], **kept}),
                    "current": each is purpose,
                }
                for each in PURPOSES.values()
                if each.kind is kind
            ],
        }
        for kind, label in KIND_LABELS.items()
    ]
    tabs = [
        {
            "label": label,
            "icon": icon,
            "url": link_to(reverse(url_name), {"purpose": [purpose.name], **kept}),
            "current": request.path == reverse(url_name),
        }
        for label, icon, url_name in (
            ("Write a policy", "file-code", "generator-policy"),
            ("Check a policy", "checklist", "generator-check"),
        )
    ]
    return {
        "form": form,
        "purpose": purpose,
        "groups": groups,
        "tabs": tabs,
        "connections": fillable_connections(generating_actor(request)),
        "fill": FILL,
    }


def _filled(request: HttpRequest, slug: str, purpose: Purpose) -> HttpResponse:
    """The address of the policy for a connection: its table, region and, as its table's ARN tells, its account."""
    workspace = open_workspace(slug, generating_actor(request), origin=origin_of(request))
    values = {
        "purpose": [purpose.name],
        "table": [workspace.connection.table],
        "region": [workspace.connection.region],
    }
    try:
        live = read_live_table(workspace)
    except ConsoleError as error:
        live = None
        messages.warning(request, f"Only table and region are filled in: {error.message}")
    account = account_of(live) if live else ""
    if account:
        values["account"] = [account]
    elif live:
        messages.info(request, "This endpoint is not AWS and tells no account: type yours.")
    return redirect(link_to(request.path, values))


def _check(form: PolicyForm, purpose: Purpose) -> PolicyCheck | None:
    inputs = form.to_inputs()
    if inputs is None:
        return None
    try:
        return check_policy(form.cleaned_data["policy"], purpose, inputs)
    except ValidationError as error:
        take_errors(form, error)
        return None


def _remarks(check: PolicyCheck | None) -> list[dict[str, str]]:
    """The remarks as components/finding.html shows them."""
    return [
        {
            "code": str(remark.verdict),
            "severity": SEVERITIES[remark.verdict],
            "message": f"{str(remark.verdict).capitalize()}: {remark.message}",
            "effect": f"Statement {remark.statement}" if remark.statement else "",
        }
        for remark in (check.remarks if check else ())
    ]
