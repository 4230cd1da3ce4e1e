"""Table schemas: the definition of a table in the format it is deployed with, live while it is being chosen."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps_admin.domain.errors import ConsoleError, ValidationError
from apps_admin.domain.table import TableDesign, TableKind
from apps_admin.domain.table_options import OPTIONS, written_options
from apps_admin.domain.table_reading import design_of
from apps_admin.forms.generators import KINDS, SchemaForm, values_of
from apps_admin.generators.policies import PURPOSES
from apps_admin.generators.policies.purpose import PolicyKind
from apps_admin.generators.schemas import FORMATS, lawcket_handler
from apps_admin.generators.schemas.format import Format
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

FIRST_FORMAT = next(iter(FORMATS))
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Capacity",
        ("billing_mode", "read_capacity", "write_capacity", "max_reads", "max_writes"),
    ),
    (
        "Protection",
        ("pitr", "ttl", "deletion_protection", "removal_policy", "encryption", "kms_key"),
    ),
    ("More", ("table_class", "stream", "tag")),
)
KIND_LABELS = {
    PolicyKind.IDENTITY: "Policies",
    PolicyKind.ENDPOINT: "Endpoint policy",
    PolicyKind.TRUST: "Trust policies",
}


@require_safe
def generator_list(request: HttpRequest) -> HttpResponse:
    """Everything the console writes, one line each."""
    generating_actor(request)
    purposes = [
        {
            "label": label,
            "purposes": [each for each in PURPOSES.values() if each.kind is kind],
        }
        for kind, label in KIND_LABELS.items()
    ]
    context = {"formats": FORMATS.values(), "kinds": KINDS, "groups": purposes}
    return render(request, "generators/list.html", context)


@require_http_methods(["GET", "POST"])
def generator_schema(request: HttpRequest) -> HttpResponse:
    """Choose a table and a format; read, copy or download the definition."""
    actor = generating_actor(request)
    if request.method == "GET" and request.GET.get(FILL):
        return _filled(request, request.GET[FILL])
    form = SchemaForm(sent(request) or _with_defaults(request.GET))
    context = _context(form)
    if part := part_of_page(request, context):
        return part
    context |= {
        "form": form,
        "groups": [
            {
                "label": label,
                "fields": [form[name] for name in names],
                "is_open": label == "Capacity",
            }
            for label, names in GROUPS
        ],
        "connections": fillable_connections(actor),
        "fill": FILL,
    }
    return render(request, "generators/schema.html", context)


def _with_defaults(query: QueryDict) -> QueryDict:
    """The address's choices; what it leaves out is soketi's table in the first format."""
    data = query.copy()
    data.setdefault("for", str(TableKind.APPS))
    data.setdefault("format", FIRST_FORMAT)
    return data


def _filled(request: HttpRequest, slug: str) -> HttpResponse:
    """The address of the document for a connection: its live table as it is, else its name and region."""
    workspace = open_workspace(slug, generating_actor(request), origin=origin_of(request))
    connection = workspace.connection
    values = {"for": [str(TableKind.APPS)], "format": [request.GET.get("format", FIRST_FORMAT)]}
    values |= {"table": [connection.table], "region": [connection.region]}
    try:
        live = read_live_table(workspace)
    except ConsoleError as error:
        live = None
        messages.warning(request, f"Only table and region are filled in: {error.message}")
    if live is not None:
        try:
            design = design_of(live, TableKind.APPS, connection.region)
            values |= {"region": list(design.regions), **written_options(design)}
        except ValidationError as error:
            messages.warning(request, f"Not every option could be taken over: {error.message}")
    return redirect(link_to(reverse("generator-schema"), values))


def _context(form: SchemaForm) -> dict[str, Any]:
    """What preview.html shows."""
    design = form.to_design()
    if design is None:
        return {"documents": [], "form": form}
    format_ = FORMATS[form.cleaned_data["format"]]
    values = {
        "for": [str(design.kind)],
        "format": [format_.name],
        **{name: texts for name, texts in values_of(form.data, option_names()).items() if texts},
    }
    return {
        "documents": schema_documents(format_, design),
        "left_out": left_out(format_, design, values),
        "warnings": design.warnings(),
        "link": link_to(reverse("generator-schema"), values),
        "command": command_for("generate_schema", values),
        "form": form,
    }


def option_names() -> tuple[str, ...]:
    """The names of the options of a table."""
    return tuple(option.name for option in OPTIONS)


def left_out(
    format_: Format, design: TableDesign, values: dict[str, list[str]]
) -> list[dict[str, str]]:
    """The options that were chosen and that the format cannot express."""
    return [
        {"label": option.flag, "reason": reason}
        for name, reason in format_.left_out(design).items()
        for option in OPTIONS
        if option.name == name and (name != "removal_policy" or values.get(name))
    ]


def schema_documents(format_: Format, design: TableDesign) -> list[Document]:
    """The definition, what takes over an existing table, and lawcket's handler."""
    documents = [
        Document(
            label=format_.label,
            filename=format_.filename_for(design),
            lexer=format_.lexer,
            text=format_.write(design),
            note=format_.note_for(design),
        )
    ]
    if format_.write_import:
        documents.append(
            Document(
                label="Take over a table that already exists",
                filename=format_.import_filename.replace("TABLE", design.name),
                lexer="bash" if format_.import_filename.endswith(".sh") else format_.lexer,
                text=format_.write_import(design),
            )
        )
    if design.kind is TableKind.LAWCKET:
        documents.append(
            Document(
                label="Lambda handler",
                filename=lawcket_handler.FILENAME,
                lexer="javascript",
                text=lawcket_handler.write_handler(design),
                note=lawcket_handler.NOTE,
            )
        )
    return documents
