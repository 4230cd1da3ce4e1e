"""What every answer carries."""

from __future__ import annotations

from django.test import Client


def test_it_keeps_the_request_id_of_a_proxy(client: Client) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": "proxy-12345678"})
    assert response["X-Request-ID"] == "proxy-12345678"


def test_it_replaces_a_request_id_that_could_forge_a_log_line(client: Client) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": 'a" level="error'})
    assert '"' not in response["X-Request-ID"]
    assert len(response["X-Request-ID"]) >= 16


def test_pages_are_never_kept_and_the_policy_is_strict(client: Client) -> None:
    response = client.get("/healthz")
    assert response["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert "camera=()" in response["Permissions-Policy"]
