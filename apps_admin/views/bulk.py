"""Bulk work: choose what to do with the apps selected, then see it previewed as a job."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from apps_admin.domain.actions import Action
from apps_admin.domain.bulk import ACTIONS, BulkKind
from apps_admin.domain.errors import ValidationError
from apps_admin.forms.bulk import KIND_LABELS, BulkForm
from apps_admin.services.bulk import preview_bulk
from apps_admin.services.search import AppQuery, find_apps
from apps_admin.views.app_actions import ask_then_do
from apps_admin.views.decorators import WorkspaceRequest, require, workspace_view


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The apps chosen one by one, or the list whose every app is meant."""

    app_ids: tuple[str, ...]
    query: AppQuery | None
    address: str

    @classmethod
    def of(cls, sent: QueryDict) -> Selection:
        """The selection of a form: `id` many times, or `query` with a list's address."""
        if "query" in sent:
            parameters = dict(parse_qsl(str(sent["query"]).removeprefix("?")))
            query = AppQuery.from_parameters({**parameters, "cursor": ""})
            return cls(app_ids=(), query=query, address=query.to_address(cursor=""))
        return cls(app_ids=tuple(sent.getlist("id")), query=None, address="")

    def count_in(self, request: WorkspaceRequest) -> int:
        """How many apps it is, as far as the index knows."""
        if self.query is None:
            return len(set(self.app_ids))
        return find_apps(request.workspace.connection, self.query).count()


@ask_then_do
@workspace_view
def app_bulk(request: WorkspaceRequest) -> HttpResponse:
    """Choose a change, fill in its fields, and go on to its preview."""
    require(request, Action.APP_BULK)
    sent = request.POST if request.method == "POST" else request.GET
    selection = Selection.of(sent)
    kind = sent.get("kind", "")
    context = {
        "selection": selection,
        "number": selection.count_in(request),
    }
    if kind not in set(BulkKind):
        return render(request, "jobs/choose.html", {**context, "kinds": _kinds(request)})
    is_sent = request.method == "POST" and "preview" in sent
    form = BulkForm(BulkKind(kind), sent if is_sent else None)
    if is_sent and form.is_valid():
        try:
            job = preview_bulk(
                request.workspace,
                form.to_change(),
                app_ids=selection.app_ids,
                query=selection.query,
                is_drained=bool(form.cleaned_data.get("is_drained")),
            )
        except ValidationError as error:
            form.add_domain_errors(error)
        else:
            return redirect("job-record", request.workspace.connection.slug, job.pk)
    label, icon, text = KIND_LABELS[BulkKind(kind)]
    return render(
        request,
        "jobs/parameters.html",
        {**context, "form": form, "kind": kind, "label": label, "icon": icon, "text": text},
        status=422 if form.errors else 200,
    )


def _kinds(request: WorkspaceRequest) -> list[dict[str, str]]:
    return [
        {"kind": kind.value, "label": label, "icon": icon, "text": text}
        for kind, (label, icon, text) in KIND_LABELS.items()
        if request.workspace.may(ACTIONS.get(kind, Action.APP_UPDATE))
    ]
