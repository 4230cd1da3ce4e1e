"""One outbound request against receivers that behave and receivers that do not."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
import trustme

from apps_admin.domain.delivery import Exchange
from apps_admin.domain.errors import RefusedTargetError
from apps_admin.soketi.guard import OutboundGuard, Target
from apps_admin.soketi.http import LARGEST_BODY, send_request
from tests.soketi.receiver import LOOPBACK_GUARD, OK, Answer, listen, receiver, saying


def dripping(text: bytes, *, pause: float) -> Answer:
    def drip(connection: socket.socket) -> None:
        with suppress(OSError):
            for byte in text:
                connection.sendall(bytes([byte]))
                time.sleep(pause)

    return drip


def send(
    url: str,
    *,
    guard: OutboundGuard = LOOPBACK_GUARD,
    seconds: float = 5,
    resolve: Callable[[str, int], Sequence[str]] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Exchange:
    def headers(target: Target) -> list[tuple[str, str]]:
        return [
            ("X-First", "1"),
            ("content-TYPE", "text/plain"),
            ("X-Latin", "ü"),
            ("Content-Length", "4"),
            ("Host", target.host_header),
        ]

    return send_request(
        guard, "POST", url, headers=headers, body=b"body", seconds=seconds, resolve=resolve, tls=tls
    )


def test_it_sends_exactly_the_given_lines_and_keeps_them() -> None:
    with receiver(saying(OK)) as here:
        exchange = send(here.url())
    lines = (
        "POST /in?a=b HTTP/1.1",
        "X-First: 1",
        "content-TYPE: text/plain",
        "X-Latin: ü",
        "Content-Length: 4",
        f"Host: 127.0.0.1:{here.port}",
        "",
        "body",
    )
    assert here.received == ["\r\n".join(lines).encode("latin-1")]
    assert exchange.request == here.received[0]
    assert (exchange.status, exchange.body, exchange.failure) == (200, b"hi", "")
    assert exchange.succeeded
    assert exchange.address == "127.0.0.1"


def test_it_measures_each_part() -> None:
    with receiver(saying(OK)) as here:
        timings = send(here.url("receiver.example"), resolve=lambda *_: ["127.0.0.1"]).timings
    assert timings.dns is not None
    assert timings.connect is not None
    assert timings.first_byte is not None
    assert timings.tls is None
    assert timings.total >= timings.dns + timings.connect + timings.first_byte


def test_plain_http_reads_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    def unexpected() -> ssl.SSLContext:
        raise AssertionError("no certificate is needed")

    monkeypatch.setattr(ssl, "create_default_context", unexpected)
    with receiver(saying(OK)) as here:
        assert send(here.url()).status == 200


def test_the_name_is_resolved_once_and_every_address_is_judged() -> None:
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with receiver(saying(OK)) as here:
        assert send(here.url("rebinding.example"), resolve=resolve).succeeded
    assert asked == [("rebinding.example", here.port)]


@pytest.mark.parametrize(
    "inner", ["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fd00:ec2::254"]
)
def test_one_refused_address_refuses_the_host(inner: str) -> None:
    with pytest.raises(RefusedTargetError):
        send("http://mixed.example/", resolve=lambda *_: ["127.0.0.1", inner])


def test_a_second_address_is_tried_when_the_first_does_not_answer() -> None:
    with receiver(saying(OK)) as here:
        exchange = send(here.url("two.example"), resolve=lambda *_: ["::1", "127.0.0.1"])
    assert exchange.address == "127.0.0.1"
    assert exchange.succeeded


def test_redirects_are_shown_and_not_followed() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/next\r\nContent-Length: 0\r\n\r\n"
    with receiver(saying(answer)) as here:
        exchange = send(here.url())
    assert (exchange.status, exchange.redirects_to) == (302, "http://127.0.0.1/next")
    assert not exchange.succeeded
    assert len(here.received) == 1


def test_at_most_64_kb_are_read() -> None:
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LARGEST_BODY * 3)
    with receiver(saying(answer)) as here:
        exchange = send(here.url())
    assert len(exchange.body) == LARGEST_BODY
    assert exchange.body_is_cut


def test_exactly_64_kb_are_not_cut() -> None:
    body = b"x" * LARGEST_BODY
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with receiver(saying(answer)) as here:
        exchange = send(here.url())
    assert (exchange.body, exchange.body_is_cut) == (body, False)


def test_a_chunked_answer_is_put_together() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    with receiver(saying(answer)) as here:
        exchange = send(here.url())
    assert (exchange.body, exchange.body_is_cut) == (b"abc", False)


def test_repeated_headers_stay_apart() -> None:
    answer = b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n"
    with receiver(saying(answer)) as here:
        exchange = send(here.url())
    assert exchange.headers == (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000,
        b"H" * 1000,
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 90,
    ],
    ids=["header", "status", "headers"],
)
def test_dripping_the_head_ends_at_the_deadline(text: bytes) -> None:
    with receiver(dripping(text, pause=0.02)) as here:
        began = time.monotonic()
        exchange = send(here.url(), seconds=0.5)
        took = time.monotonic() - began
    assert "within 0.5 seconds" in exchange.failure
    assert took < 10, "it would drip for longer than that"


def test_dripping_the_body_keeps_what_came() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"

    def drip(connection: socket.socket) -> None:
        connection.sendall(answer)
        dripping(b"z" * 500, pause=0.02)(connection)

    with receiver(drip) as here:
        exchange = send(here.url(), seconds=2)
    assert (exchange.status, exchange.body_is_cut) == (200, True)
    assert 0 < len(exchange.body) < 500


def test_a_receiver_that_never_answers_ends_at_the_deadline() -> None:
    with receiver(lambda _: time.sleep(1)) as here:
        exchange = send(here.url(), seconds=0.3)
    assert "within 0.3 seconds" in exchange.failure
    assert exchange.request.endswith(b"body")


def test_a_resolver_that_never_answers_ends_at_the_deadline() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        time.sleep(1)
        return []

    exchange = send("http://slow.example/", seconds=0.2, resolve=resolve)
    assert "within 0.2 seconds" in exchange.failure


def test_a_name_that_does_not_resolve_is_said() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert (
        send("http://none.example/", resolve=resolve).failure == "The host name does not resolve."
    )


def test_a_refused_connection_is_said() -> None:
    listener = listen()
    port = listener.getsockname()[1]
    listener.close()
    assert "refused" in send(f"http://127.0.0.1:{port}/").failure


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "broke"),
        (b"nonsense\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000 + b"\r\n\r\n", "not HTTP"),
    ],
    ids=["nothing", "no http", "too many headers", "too long a header"],
)
def test_what_is_no_answer_is_said(answer: bytes, said: str) -> None:
    with receiver(saying(answer)) as here:
        assert said in send(here.url()).failure


def test_a_body_that_ends_early_is_cut() -> None:
    with receiver(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")) as here:
        exchange = send(here.url())
    assert (exchange.body, exchange.body_is_cut) == (b"abc", True)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, host: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_tls_is_verified_against_the_name_in_the_url(authority: trustme.CA) -> None:
    names = []
    context = server_context(authority, "hooks.example")
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with receiver(saying(OK), tls=context) as here:
        exchange = send(
            here.url("hooks.example", "https"),
            resolve=lambda *_: ["127.0.0.1"],
            tls=client_context(authority),
        )
    assert exchange.succeeded, exchange.failure
    assert names == ["hooks.example"]
    assert exchange.timings.tls is not None
    assert b"Host: hooks.example:" in exchange.request


def test_a_certificate_of_another_name_is_not_accepted(authority: trustme.CA) -> None:
    with receiver(saying(OK), tls=server_context(authority, "other.example")) as here:
        exchange = send(
            here.url("hooks.example", "https"),
            resolve=lambda *_: ["127.0.0.1"],
            tls=client_context(authority),
        )
    assert "certificate is not accepted" in exchange.failure
    assert here.received == []


def test_a_certificate_of_an_unknown_authority_is_not_accepted(authority: trustme.CA) -> None:
    with receiver(saying(OK), tls=server_context(authority, "hooks.example")) as here:
        exchange = send(here.url("hooks.example", "https"), resolve=lambda *_: ["127.0.0.1"])
    assert "certificate is not accepted" in exchange.failure


def test_a_tls_receiver_that_drips_ends_at_the_deadline(authority: trustme.CA) -> None:
    with receiver(
        dripping(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 50, pause=0.02),
        tls=server_context(authority, "hooks.example"),
    ) as here:
        exchange = send(
            here.url("hooks.example", "https"),
            seconds=0.7,
            resolve=lambda *_: ["127.0.0.1"],
            tls=client_context(authority),
        )
    assert "within 0.7 seconds" in exchange.failure


def test_a_handshake_that_never_comes_ends_at_the_deadline() -> None:
    listener = listen()
    try:
        exchange = send(f"https://127.0.0.1:{listener.getsockname()[1]}/", seconds=0.3)
    finally:
        listener.close()
    assert "within 0.3 seconds" in exchange.failure


def test_nothing_of_the_request_is_in_its_repr() -> None:
    with receiver(saying(OK)) as here:
        assert "X-First" not in repr(send(here.url()))
