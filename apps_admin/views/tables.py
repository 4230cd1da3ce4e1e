"""The live table: what soketi needs of it, and how it differs from a definition."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps_admin.domain.actions import Action
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.table import TableDesign, TableKind
from apps_admin.domain.table_comparison import LiveTable, Remedy, live_billing
from apps_admin.domain.table_options import written_options
from apps_admin.domain.table_reading import design_of
from apps_admin.forms.generators import SchemaForm, as_form_data
from apps_admin.generators.schemas import FORMATS
from apps_admin.generators.schemas.format import Format
from apps_admin.services.tables import (
    TableComparison,
    compare_with_live_table,
    read_live_table,
)
from apps_admin.views.decorators import WorkspaceRequest, require, sent, workspace_view
from apps_admin.views.generated import Document, command_for, link_to
from apps_admin.views.schemas import GROUPS, schema_documents

# The connection says which table it is and where, and it is soketi's.
SAID_BY_CONNECTION = frozenset({"for", "table", "region", "removal_policy"})
FIRST_FORMAT = "aws-cli"
REMEDIES = {
    Remedy.WAIT: "It settles by itself.",
    Remedy.ADD_INDEX: "manage.py bootstrap_table --repair adds it.",
    Remedy.UPDATE: "Can be changed in place.",
    Remedy.REBUILD_INDEX: "The index has to be built anew.",
    Remedy.NEW_TABLE: "Needs another table.",
}


@workspace_view
@require_http_methods(["GET", "POST"])
def table_record(request: WorkspaceRequest) -> HttpResponse:
    """The table of a connection, and the plan that would make it another one."""
    require(request, Action.TABLE_VIEW)
    connection = request.workspace.connection
    live = read_live_table(request.workspace)
    if live is None:
        design = TableDesign(name=connection.table, region=connection.region)
        return render(
            request,
            "tables/missing.html",
            {"command": _bootstrap(connection.slug), "design": design},
        )
    form = SchemaForm(
        sent(request) or _as_it_is(live, connection.region), without=SAID_BY_CONNECTION
    )
    place = {"table": [connection.table], "region": [connection.region]}
    design_wanted = form.to_design(place)
    plan = _plan(form, design_wanted, live)
    if getattr(request, "htmx", False):
        return render(request, "tables/plan.html", plan | {"form": form})
    soketi_needs = compare_with_live_table(
        live, TableDesign(name=connection.table, region=connection.region)
    )
    context = {
        "facts": _facts(live),
        "essential": [_row(d) for d in soketi_needs.differences if d.is_essential],
        "unread": live.unread,
        "groups": [
            {"label": label, "fields": [form[n] for n in names if n in form.fields]}
            for label, names in GROUPS
        ],
        "form": form,
        "write_url": link_to(reverse("generator-schema"), {"connection": [connection.slug]}),
        **plan,
    }
    return render(request, "tables/record.html", context)


def _bootstrap(slug: str) -> str:
    return command_for("bootstrap_table", {} if slug == "default" else {"connection": [slug]})


def _as_it_is(live: LiveTable, region: str) -> Any:
    """The options that describe the live table, so that the first plan is empty."""
    values = {"format": [FIRST_FORMAT]}
    try:
        values |= written_options(design_of(live, TableKind.APPS, region))
    except ValidationError:
        return as_form_data(values)
    return as_form_data(values)


def _plan(form: SchemaForm, design: TableDesign | None, live: LiveTable) -> dict[str, Any]:
    """What plan.html shows."""
    if design is None:
        return {"documents": [], "rows": []}
    comparison = compare_with_live_table(live, design)
    format_ = FORMATS[form.cleaned_data["format"]]
    return {
        "rows": [_row(difference) for difference in comparison.differences],
        "by_hand": comparison.update.by_hand,
        "documents": _steps(format_, design, comparison),
        "warnings": design.warnings(),
        "planned": True,
    }


def _steps(format_: Format, design: TableDesign, comparison: TableComparison) -> list[Document]:
    """The update steps in the chosen format: calls where it makes calls, else import and definition."""
    if not comparison.differences:
        return []
    if format_.write_calls is None:
        return schema_documents(format_, design)
    if not comparison.update.calls:
        return []
    return [
        Document(
            label="Update steps",
            filename=format_.filename_for(design).replace("create-", "update-"),
            lexer=format_.lexer,
            text=format_.write_calls(design, comparison.update.calls),
        )
    ]


def _row(difference: Any) -> dict[str, str]:
    """A difference as components/difference.html shows it: the live table before, the wanted one after."""
    return {
        "name": str(difference.aspect),
        "label": str(difference.aspect).replace("_", " ").capitalize(),
        "before": difference.found,
        "after": difference.wanted,
        "note": difference.effect or REMEDIES[difference.remedy],
    }


def _facts(live: LiveTable) -> list[tuple[str, object]]:
    description = live.description
    index = live.index("AppKeyIndex") or {}
    return [
        ("Status", live.status),
        ("AppKeyIndex", index.get("IndexStatus", "missing")),
        ("Billing", live_billing(live)),
        ("Items", f"about {description.get('ItemCount', 0):,}"),
        ("Size", f"about {description.get('TableSizeBytes', 0):,} bytes"),
        ("ARN", description.get("TableArn", "")),
    ]
