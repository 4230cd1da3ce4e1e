"""Errors become pages with the right status, a next step, and what was typed; never a traceback."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import resolve

from apps_admin.domain import errors
from apps_admin.domain.errors import ConsoleError
from apps_admin.middleware import KINDS, ErrorMiddleware, kind_of


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    request.resolver_match = resolve("/healthz")
    response = ErrorMiddleware(lambda _: HttpResponse()).process_exception(request, error)
    assert response is not None
    return response


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.AppNotFoundError("x"), 404),
        (errors.ConnectionNotFoundError("x"), 404),
        (errors.TableNotFoundError("x"), 404),
        (errors.ReadOnlyConnectionError("x"), 403),
        (errors.AppConflictError("x"), 409),
        (errors.AppExistsError("x"), 409),
        (errors.KeyTakenError("x"), 409),
        (errors.ValidationError({"key": ["x"]}), 422),
        (errors.AccessDeniedError("x"), 502),
        (errors.IndexNotFoundError("x"), 502),
        (errors.StoreError("x"), 502),
        (errors.ThrottledError("x"), 503),
        (errors.UnreachableError("x"), 503),
        (errors.RecordsUnavailableError("x"), 503),
        (ConsoleError("x"), 500),
    ],
)
def test_each_error_has_its_status(error: ConsoleError, status: int) -> None:
    assert kind_of(error).status == status


def test_every_node_of_the_tree_below_the_root_is_answered_by_more_than_the_root() -> None:
    def below(node: type[ConsoleError]) -> list[type[ConsoleError]]:
        return [node, *(leaf for child in node.__subclasses__() for leaf in below(child))]

    # The API has errors of its own about requests, which no page can meet.
    tree = [kind for kind in below(ConsoleError)[1:] if kind.__module__ == errors.__name__]
    for kind in tree:
        assert any(base in KINDS for base in kind.__mro__[: kind.__mro__.index(ConsoleError)]), kind


def test_the_page_says_what_happened_and_the_next_step(rf: RequestFactory) -> None:
    response = answer(
        rf.get("/x/"), errors.ThrottledError("Too fast.", hint="Wait.", retry_after=7)
    )
    page = response.content.decode()
    assert response.status_code == 503
    assert response["Retry-After"] == "7"
    assert "Too fast." in page
    assert "Wait." in page
    assert "DynamoDB is throttling" in page


def test_what_was_typed_is_in_the_error_page_to_be_sent_again(rf: RequestFactory) -> None:
    typed = {
        "name": 'a"><script>',
        "webhooks": "[\n  1\n]",
        "base": "signed",
        "password": "hunter2",
    }
    page = answer(rf.post("/x/?a=b", typed), errors.UnreachableError("Down.")).content.decode()
    assert 'value="a&quot;&gt;&lt;script&gt;"' in page
    assert "[\n  1\n]</textarea>" in page
    assert '<input type="hidden" name="base" value="signed">' in page
    assert 'action="/x/?a=b"' in page
    assert "hunter2" not in page


def test_htmx_gets_only_the_content_and_where_it_goes(rf: RequestFactory) -> None:
    request = rf.get("/x/")
    request.htmx = True  # type: ignore[attr-defined]
    response = answer(request, errors.AppNotFoundError("No app shop."))
    assert response["HX-Retarget"] == "#content"
    assert "<html" not in response.content.decode()
    assert "No app shop." in response.content.decode()


def test_the_database_being_down_is_said_as_such(rf: RequestFactory) -> None:
    response = answer(rf.get("/x/"), OperationalError("unable to open database file"))
    page = response.content.decode()
    assert response.status_code == 503
    assert "Nothing was written" in page
    assert "unable to open" not in page


def test_an_unknown_error_is_left_to_django(rf: RequestFactory) -> None:
    middleware = ErrorMiddleware(lambda _: HttpResponse())
    assert middleware.process_exception(rf.get("/"), RuntimeError("x")) is None
