"""Documents for others: table schemas in every format, IAM policies for every purpose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps_admin.api import documents, generator_outputs
from apps_admin.api.answers import Answer, send
from apps_admin.api.authentication import workspace_of
from apps_admin.api.inputs import DocumentIn, PolicyCheckIn, PolicyIn, SchemaIn
from apps_admin.domain.actions import Action
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.table import TableKind
from apps_admin.domain.table_calls import creation_calls
from apps_admin.domain.table_options import OPTIONS as TABLE_OPTIONS
from apps_admin.domain.table_options import parse_design
from apps_admin.generators.policies import PURPOSES, find_purpose
from apps_admin.generators.policies.checking import check_policy
from apps_admin.generators.policies.options import OPTIONS as POLICY_OPTIONS
from apps_admin.generators.policies.options import parse_inputs
from apps_admin.generators.policies.outputs import find_output, sizes
from apps_admin.generators.schemas import FORMATS, find_format
from apps_admin.services.tables import compare_with_live_table, read_live_table
from apps_admin.services.workspace import Workspace

router = Router(tags=["Generators"])
TABLE = "/connections/{slug:connection}/table"


@router.get(
    "/schemas",
    response={200: generator_outputs.SchemaFormats, **documents.READ},
    url_name="schema-list",
)
def list_schemas(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - an operation
    """The formats a table's schema can be written in."""
    formats = [
        {"name": each.name, "label": each.label, "filename": each.filename}
        for each in FORMATS.values()
    ]
    return send(Answer(data={"formats": formats}))


@router.post(
    "/schemas:generate",
    response={200: generator_outputs.Document, **documents.READ},
    url_name="schema-generate",
)
def generate_schema(request: HttpRequest, asked: SchemaIn) -> HttpResponse:  # noqa: ARG001
    """A table's schema. The options are those of `manage.py generate_schema`."""
    _require_known(asked.options, (option.name for option in TABLE_OPTIONS))
    format_ = find_format(asked.format)
    design = parse_design(TableKind(asked.kind), asked.options)
    write = format_.write_import if asked.imports else format_.write
    if write is None:
        raise ValidationError({"imports": [f"The format {format_.name} has none."]})
    left_out = [f"{name}: {reason}" for name, reason in format_.left_out(design).items()]
    return send(
        Answer(
            data={
                "format": format_.name,
                "filename": format_.filename_for(design),
                "text": write(design),
                "notes": [*design.warnings(), *left_out],
            }
        )
    )


@router.get(
    "/policies",
    response={200: generator_outputs.SchemaFormats, **documents.READ},
    url_name="policy-list",
)
def list_policies(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - an operation
    """The purposes IAM policies can be written for."""
    purposes = [
        {"name": each.name, "label": each.label, "filename": f"{each.name}.json"}
        for each in PURPOSES.values()
    ]
    return send(Answer(data={"formats": purposes}))


@router.post(
    "/policies:generate",
    response={200: generator_outputs.Document, **documents.READ},
    url_name="policy-generate",
)
def generate_policy(request: HttpRequest, asked: PolicyIn) -> HttpResponse:  # noqa: ARG001
    """An IAM policy. The options are those of `manage.py generate_policy`."""
    _require_known(asked.options, (option.name for option in POLICY_OPTIONS))
    purpose = find_purpose(asked.purpose)
    inputs = parse_inputs(purpose, asked.options)
    output = find_output(asked.format)
    return send(
        Answer(
            data={
                "format": output.name,
                "filename": output.filename.replace("PURPOSE", purpose.name),
                "text": output.write(purpose, inputs),
                "notes": [
                    f"{size.characters} characters; a {size.label} has at most {size.limit}."
                    for size in sizes(purpose, inputs)
                    if not size.fits
                ],
            }
        )
    )


@router.post(
    "/policies:check",
    response={200: generator_outputs.PolicyCheck, **documents.READ},
    url_name="policy-check",
)
def check(request: HttpRequest, asked: PolicyCheckIn) -> HttpResponse:  # noqa: ARG001
    """Hold a policy against what a purpose needs: what is missing, what is too much."""
    _require_known(asked.options, (option.name for option in POLICY_OPTIONS))
    purpose = find_purpose(asked.purpose)
    found = check_policy(asked.policy, purpose, parse_inputs(purpose, asked.options))
    return send(
        Answer(
            data={
                "purpose": found.purpose,
                "exact": found.is_exact,
                "remarks": [remark.to_json() for remark in found.remarks],
            }
        )
    )


@router.get(
    TABLE, response={200: generator_outputs.Table, **documents.READ}, url_name="table-record"
)
def show_table(request: HttpRequest, connection: str) -> HttpResponse:
    """The connection's table, held against what soketi needs."""
    return _compared(workspace_of(request, connection), {})


@router.post(
    f"{TABLE}:compare",
    response={200: generator_outputs.Table, **documents.READ},
    url_name="table-compare",
)
def compare_table(request: HttpRequest, connection: str, asked: DocumentIn) -> HttpResponse:
    """The connection's table, held against the table these options describe. Nothing is changed."""
    _require_known(asked.options, (option.name for option in TABLE_OPTIONS))
    return _compared(workspace_of(request, connection), asked.options)


def _compared(workspace: Workspace, options: Mapping[str, list[str]]) -> HttpResponse:
    workspace.require(Action.TABLE_VIEW)
    connection = workspace.connection
    place = {"table": [connection.table], "region": [connection.region]}
    design = parse_design(TableKind.APPS, {**options, **place})
    live = read_live_table(workspace)
    found = None if live is None else compare_with_live_table(live, design)
    calls = found.update.calls if found else creation_calls(design)
    return send(
        Answer(
            data={
                "table": connection.table,
                "exists": live is not None,
                "status": live.status if live else "",
                "differences": [each.to_json() for each in found.differences] if found else [],
                "calls": [
                    {"operation": each.operation, "parameters": dict(each.parameters)}
                    for each in calls
                ],
                "by_hand": list(found.update.by_hand) if found else [],
            }
        )
    )


def _require_known(options: Mapping[str, object], names: Iterable[str]) -> None:
    unknown = sorted(set(options) - set(names))
    if unknown:
        raise ValidationError({f"options.{name[:80]}": ["No such option."] for name in unknown})
