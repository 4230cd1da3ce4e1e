"""Enable, disable, rotate, cut off, remove, mend: explained first, done by POST, told as what soketi does now."""

from __future__ import annotations

import pytest
from django.test import Client

from apps_admin.models import AuditEntry
from tests.views.conftest import SHOP, StoreApp, Stored, text_of, url


def outcomes(action: str) -> list[str]:
    return list(
        AuditEntry.objects.filter(action=action)
        .order_by("sequence")
        .values_list("outcome", flat=True)
    )


@pytest.mark.parametrize("stored_flag", [{"BOOL": True}, {"B": b"false"}, {"S": "false"}, None])
def test_disabling_really_disables_whatever_was_stored(
    bob: Client, store_app: StoreApp, stored: Stored, stored_flag: object
) -> None:
    store_app(Enabled=stored_flag)
    answer = bob.post(url("app-disable"), follow=True)
    assert (stored("shop") or {})["Enabled"] == {"BOOL": False}
    assert "soketi refuses new connections with 4003" in text_of(answer)
    assert outcomes("app.disable") == ["started", "succeeded"]


def test_disabling_takes_two_calls(bob: Client, shop: str, dynamodb_calls: list[str]) -> None:
    bob.post(url("app-disable"))
    assert dynamodb_calls == ["GetItem", "UpdateItem"]


def test_looking_at_the_question_changes_nothing(bob: Client, shop: str, stored: Stored) -> None:
    page = text_of(bob.get(url("app-disable")))
    assert "Connected clients stay connected" in page
    assert "The HTTP API stays open" in page
    assert stored("shop") == SHOP


def test_enabling_writes_the_boolean(bob: Client, store_app: StoreApp, stored: Stored) -> None:
    store_app(Enabled={"BOOL": False})
    answer = bob.post(url("app-enable"), follow=True)
    assert (stored("shop") or {})["Enabled"] == {"BOOL": True}
    assert "soketi accepts new connections" in text_of(answer)


def test_enabling_what_soketi_cannot_read_says_so(bob: Client, store_app: StoreApp) -> None:
    store_app(Enabled={"BOOL": False}, Webhooks={"S": '[{"url": "https://example.com"}]'})
    page = text_of(bob.post(url("app-enable"), follow=True))
    assert "soketi still lets nobody in" in page


def test_what_is_so_already_is_said_and_not_written(bob: Client, shop: str) -> None:
    assert "Nothing was written." in text_of(bob.post(url("app-enable"), follow=True))


def test_rotating_shows_the_new_secret_once(bob: Client, shop: str, stored: Stored) -> None:
    answer = bob.post(url("app-rotate-secret"))
    new = (stored("shop") or {})["AppSecret"]["S"]
    assert new != SHOP["AppSecret"]["S"]
    assert new in text_of(answer)
    assert new not in text_of(bob.get(url("app-record")))


def test_rotating_takes_an_own_secret(bob: Client, shop: str, stored: Stored) -> None:
    bob.post(url("app-rotate-secret"), {"secret": "an own secret, long enough"})
    assert (stored("shop") or {})["AppSecret"] == {"S": "an own secret, long enough"}


def test_a_bad_own_secret_is_told_at_its_field(bob: Client, shop: str, stored: Stored) -> None:
    answer = bob.post(url("app-rotate-secret"), {"secret": " spaces around "})
    assert answer.status_code == 422
    assert "No spaces around it" in text_of(answer)
    assert stored("shop") == SHOP


def test_cutting_off_disables_and_rotates_in_one_write(
    bob: Client, shop: str, stored: Stored, dynamodb_calls: list[str]
) -> None:
    answer = bob.post(url("app-cut-off"))
    assert dynamodb_calls == ["GetItem", "UpdateItem"]
    item = stored("shop") or {}
    assert item["Enabled"] == {"BOOL": False}
    assert item["AppSecret"] != SHOP["AppSecret"]
    assert "stay connected" in text_of(answer)


def test_an_unknown_attribute_can_be_removed(bob: Client, shop: str, stored: Stored) -> None:
    bob.post(url("app-remove-attribute"), {"name": "Team"})
    assert stored("shop") == {name: value for name, value in SHOP.items() if name != "Team"}


def test_an_attribute_that_soketi_reads_cannot(bob: Client, shop: str, stored: Stored) -> None:
    answer = bob.post(url("app-remove-attribute"), {"name": "MaxConnections"})
    assert answer.status_code == 422
    assert stored("shop") == SHOP


FIX = {"code": "flag-not-bool", "mode": "as-meant", "attribute": "Enabled"}


def fix_of(client: Client, mode: str) -> dict[str, str]:
    """The parameters of the first offered fix of a mode, as the record page links it."""
    record = client.get(url("app-record")).context["findings"]
    for finding in record:
        for fix in finding.fixes:
            if fix.mode == mode:
                index = "" if finding.index is None else str(finding.index)
                return {
                    "code": finding.code,
                    "mode": mode,
                    "attribute": finding.attribute,
                    "index": index,
                }
    raise AssertionError(mode)


def test_a_finding_is_mended_after_a_look_at_what_changes(
    bob: Client, store_app: StoreApp, stored: Stored
) -> None:
    store_app(EnableUserAuthentication={"B": b"false"})
    fix = fix_of(bob, "as-meant")
    page = text_of(bob.get(url("app-fix"), fix))
    assert "<ins>false (boolean)</ins>" in page
    assert (stored("shop") or {})["EnableUserAuthentication"] == {"B": b"false"}
    bob.post(url("app-fix"), fix)
    assert stored("shop") == {**SHOP, "EnableUserAuthentication": {"BOOL": False}}


@pytest.mark.parametrize(
    ("mode", "written", "effect"),
    [
        ("as-read", "true", "soketi does with it what it did before"),
        ("as-meant", "false", "soketi refuses new connections"),
    ],
)
def test_mending_a_flag_shows_its_types_and_says_what_soketi_does_now(
    bob: Client, store_app: StoreApp, mode: str, written: str, effect: str
) -> None:
    store_app(Enabled={"S": "false"})
    fix = fix_of(bob, mode)
    page = text_of(bob.get(url("app-fix"), fix))
    assert "<del>false (text)</del>" in page
    assert f"<ins>{written} (boolean)</ins>" in page
    assert effect in text_of(bob.post(url("app-fix"), fix, follow=True))


def test_a_finding_that_is_gone_is_not_mended_again(bob: Client, store_app: StoreApp) -> None:
    store_app(EnableUserAuthentication={"B": b"false"})
    fix = fix_of(bob, "as-meant")
    bob.post(url("app-fix"), fix)
    answer = bob.post(url("app-fix"), fix)
    assert answer.status_code == 409


def test_an_address_that_names_no_fix_is_404(bob: Client, shop: str) -> None:
    for parameters in ({}, {"code": "nonsense", "mode": "as-read"}, {**FIX, "index": "x"}):
        assert bob.get(url("app-fix"), parameters).status_code == 404


@pytest.mark.parametrize("name", ["app-disable", "app-rotate-secret", "app-cut-off"])
def test_what_soketis_app_cache_delays_is_said_before_and_after(
    alice: Client, shop: str, name: str
) -> None:
    """By default the cache never expires: whoever cuts off an app at night has to know."""
    assert "app cache on" in text_of(alice.get(url(name)))
    assert "app cache on" in text_of(alice.post(url(name), follow=True))


@pytest.mark.parametrize("name", ["app-disable", "app-rotate-secret", "app-cut-off"])
def test_a_protected_connection_has_the_id_typed(
    alice: Client, shop: str, stored: Stored, protected: None, name: str
) -> None:
    refused = alice.post(url(name), {"confirmation": "Shop"})
    assert refused.status_code == 422
    assert "Type shop exactly" in text_of(refused)
    assert stored("shop") == SHOP
    alice.post(url(name), {"confirmation": "shop"})
    assert stored("shop") != SHOP


def test_enabling_asks_for_no_id_even_there(
    alice: Client, store_app: StoreApp, stored: Stored, protected: None
) -> None:
    store_app(Enabled={"BOOL": False})
    alice.post(url("app-enable"))
    assert (stored("shop") or {})["Enabled"] == {"BOOL": True}


def test_a_connection_that_asks_for_a_reason_gets_one(
    alice: Client, shop: str, stored: Stored, reasons_required: None
) -> None:
    assert alice.post(url("app-disable")).status_code == 422
    assert stored("shop") == SHOP
    alice.post(url("app-disable"), {"reason": "OPS-17"})
    assert AuditEntry.objects.filter(outcome="succeeded", reason="OPS-17").exists()


def test_a_viewer_is_refused_and_that_is_recorded(
    victor: Client, shop: str, stored: Stored
) -> None:
    assert victor.post(url("app-disable")).status_code == 403
    assert stored("shop") == SHOP
    assert outcomes("app.disable") == ["denied"]
