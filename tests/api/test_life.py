"""The whole life of an app by the API alone, each step as the real soketi sees it."""

from __future__ import annotations

import pytest

from apps_admin.soketi.client import CredentialVerdict, probe_credentials, probe_handshake
from tests.api.client import APPS, Program
from tests.soketi.server import SoketiServer

pytestmark = pytest.mark.soketi


def test_soketi_sees_each_step(soketi_server: SoketiServer, program: Program) -> None:
    def handshake(key: str) -> int:
        return probe_handshake(soketi_server.url, key).code

    def signs(key: str, secret: str) -> CredentialVerdict:
        return probe_credentials(soketi_server.url, app_id="shop", key=key, secret=secret).verdict

    created = program.post(APPS, {"id": "shop"}, Idempotency_Key="create-shop")
    app = created.json()["app"]
    key, secret, tag = app["key"], app["secret"], created["ETag"]
    assert (handshake(key), signs(key, secret)) == (0, CredentialVerdict.ACCEPTED)

    disabled = program.post(f"{APPS}/shop:disable", If_Match=tag)
    assert handshake(key) == 4003

    enabled = program.post(f"{APPS}/shop:enable", If_Match=disabled["ETag"])
    assert handshake(key) == 0

    rotated = program.post(f"{APPS}/shop:rotate-secret", If_Match=enabled["ETag"])
    new = rotated.json()["app"]["secret"]
    assert signs(key, secret) is CredentialVerdict.WRONG_SECRET
    assert signs(key, new) is CredentialVerdict.ACCEPTED

    changed = program.patch(
        f"{APPS}/shop", {"limits": {"max_read_requests_per_second": 0}}, If_Match=rotated["ETag"]
    )
    assert signs(key, new) is CredentialVerdict.RATE_LIMITED
    effective = changed.json()["app"]["effective"]["limits"]["max_read_requests_per_second"]
    assert effective["value"] in {0, "blocked"}

    restored = program.post(
        f"/api/v1/connections/default/operations/{changed.json()['operation_id']}:undo",
        If_Match=changed["ETag"],
    )
    assert signs(key, new) is CredentialVerdict.ACCEPTED

    cut = program.post(f"{APPS}/shop:cut-off", If_Match=restored["ETag"])
    last = cut.json()["app"]["secret"]
    assert (handshake(key), signs(key, new)) == (4003, CredentialVerdict.WRONG_SECRET)
    assert signs(key, last) is CredentialVerdict.ACCEPTED

    gone = program.delete(f"{APPS}/shop?confirm=shop&drained=true", If_Match=cut["ETag"])
    assert gone.status_code == 200
    assert (handshake(key), signs(key, last)) == (4001, CredentialVerdict.NOT_FOUND)
    assert program.get(f"{APPS}/shop").status_code == 404
    actions = [
        each["action"]
        for each in program.get("/api/v1/connections/default/operations?app_id=shop").json()[
            "operations"
        ]
    ]
    assert actions[::-1] == [
        "app.create",
        "app.disable",
        "app.enable",
        "app.rotate_secret",
        "app.update",
        "app.undo",
        "app.cut_off",
        "app.delete",
    ]
