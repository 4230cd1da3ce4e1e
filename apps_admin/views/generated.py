"""What the schema and policy pages share: a document to copy or download, its link, its command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor
from apps_admin.domain.errors import DeniedError
from apps_admin.forms.generators import escaped
from apps_admin.generators.quoting import shell_text
from apps_admin.services.accounts import actor_of
from apps_admin.services.connections import list_connections

DOWNLOAD = "download"
FILL = "connection"


@dataclass(frozen=True, kw_only=True)
class Document:
    """One text to copy or download. `lexer` is pygments' name of its language."""

    label: str
    filename: str
    lexer: str
    text: str
    note: str = ""

    @property
    def lines(self) -> int:
        """How long it is."""
        return len(self.text.splitlines())

    def as_download(self) -> HttpResponse:
        """The text as a file under its own name."""
        answer = HttpResponse(self.text, content_type="text/plain; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{self.basename}"'
        return answer

    @property
    def basename(self) -> str:
        """The name without its folder."""
        return self.filename.rpartition("/")[2]


def generating_actor(request: HttpRequest) -> Actor:
    """Who asks. Raises DeniedError for somebody without a role on any connection."""
    actor = actor_of(request)
    if not any(actor.may(Action.TABLE_VIEW, slug) for slug in actor.grants):
        raise DeniedError(
            f"{actor.name} may see no table, so there is nothing to write a definition for.",
            hint="Ask an administrator for a role on a connection.",
        )
    return actor


def part_of_page(request: HttpRequest, context: Mapping[str, Any]) -> HttpResponse | None:
    """The download or the preview alone, where that was asked for; None for the whole page."""
    documents: Sequence[Document] = context["documents"]
    if request.POST.get("do") == DOWNLOAD and documents:
        return documents[0].as_download()
    if not getattr(request, "htmx", False):
        return None
    answer = render(request, "generators/preview.html", dict(context))
    if documents:
        answer.headers["HX-Replace-Url"] = context["link"]
    return answer


def link_to(path: str, values: Mapping[str, Sequence[str]]) -> str:
    """The address that shows this document again."""
    query = QueryDict(mutable=True)
    for name, texts in values.items():
        query.setlist(name, [escaped(text) if name == "tag" else text for text in texts])
    text = query.urlencode(safe="/:")
    return f"{path}?{text}" if text else path


def command_for(name: str, values: Mapping[str, Sequence[str]]) -> str:
    """The manage.py command that prints this document."""
    words = ["manage.py", name]
    for option, texts in values.items():
        flag = f"--{option.replace('_', '-')}"
        if texts == ["on"]:
            words.append(flag)
        elif option == "tag":
            words += [word for text in texts for word in (flag, text)]
        else:
            words += [flag, *texts]
    return " ".join(shell_text(word) for word in words)


def fillable_connections(actor: Actor) -> list[dict[str, str]]:
    """The connections a form can be filled from."""
    return [
        {"slug": connection.slug, "name": connection.name}
        for connection in list_connections(actor)
        if actor.may(Action.TABLE_VIEW, connection.slug)
    ]
