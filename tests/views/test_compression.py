"""Pages travel compressed; answers to programs keep the ETag that `If-Match` needs."""

from __future__ import annotations

import gzip

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, RequestFactory

from apps_admin.middleware import PageCompressionMiddleware

GZIP = {"Accept-Encoding": "gzip"}


def test_a_page_is_a_fraction_of_its_size_on_the_wire(bob: Client) -> None:
    plain = bob.get("/connections/default/new-app/").content
    answer = bob.get("/connections/default/new-app/", headers=GZIP)
    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    assert b"New app" in gzip.decompress(answer.content)
    assert len(answer.content) < len(plain) / 3


def test_an_answer_to_a_program_is_left_as_it_is() -> None:
    def answer(_request: HttpRequest) -> HttpResponse:
        return JsonResponse({"text": "x" * 1000}, headers={"ETag": '"revision"'})

    request = RequestFactory().get("/", headers=GZIP)
    response = PageCompressionMiddleware(answer).process_response(request, answer(request))
    assert "Content-Encoding" not in response
    assert response["ETag"] == '"revision"'
