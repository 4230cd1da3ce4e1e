"""The audit log of a connection: one line an operation, filtered by its address, nothing secret in it."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from apps_admin.domain.actions import Action
from apps_admin.domain.audit import Outcome
from apps_admin.models import Job
from apps_admin.services import audit_lines
from apps_admin.services.audit import Doing, Ending, append_entry, record_event
from tests.cast import ADMINISTRATOR
from tests.views.conftest import SHOP, StoreApp, text_of, url

AUDIT = "/connections/default/audit/"


@pytest.fixture
def history(alice: Client, bob: Client, shop: str) -> None:
    bob.post(url("app-disable"), {"reason": "OPS-17 <b>"})
    alice.post(url("app-reveal-secret"))
    alice.post(url("app-rotate-secret"))


def first_operation(client: Client, action: str) -> str:
    found = re.search(f"{AUDIT}[0-9a-f]{{32}}/", text_of(client.get(AUDIT, {"action": action})))
    assert found
    return found.group()


def test_it_lists_operations_with_who_what_and_why(victor: Client, history: None) -> None:
    page = text_of(victor.get(AUDIT))
    assert page.count('<code class="nowrap">app.') == 3
    assert "OPS-17 &lt;b&gt;" in page
    assert "Enabled" in page


def test_it_filters_by_action_outcome_and_text(victor: Client, history: None) -> None:
    def actions(**parameters: str) -> int:
        return text_of(victor.get(AUDIT, parameters)).count('<code class="nowrap">app.')

    assert actions(action="app.disable") == 1
    assert actions(outcome="failed") == 0
    assert actions(text="OPS-17") == 1
    assert actions(action="nonsense") == 3


def test_what_is_no_filter_is_said_beside_the_list_and_refused_for_an_export(
    alice: Client, history: None
) -> None:
    for query, told in (
        ("acton=app.disable", "“acton” is no filter."),
        ("action=app.disabled", "app.disabled is not one of the available choices"),
        ("since=yesterday", "From (UTC): Enter a valid date/time."),
    ):
        assert told in text_of(alice.get(f"{AUDIT}?{query}")), query
        assert told in text_of(alice.get(f"/audit/?{query}")), query
        for path in ("/connections/default/audit-export/", "/audit-export/"):
            refused = alice.post(f"{path}?{query}", {"export_format": "jsonl"})
            assert refused.status_code == 422, query
            assert told in text_of(refused), query
    assert not Job.objects.exists()
    assert "is no filter" not in text_of(alice.get(f"{AUDIT}?text=a&before=9"))


def test_an_operation_says_whether_it_was_put_back(
    alice: Client, bob: Client, history: None
) -> None:
    disabled = first_operation(alice, "app.disable")
    assert "Not put back or changed again" in text_of(alice.get(disabled))
    alice.post(url("app-enable"), {"reason": "paid <b>"})
    bob.post(url("app-disable"))
    page = text_of(alice.get(disabled))
    since = page[page.index("Since then") :]
    assert since.index("app.enable") < since.index("as before") < since.index("changed again")
    assert "paid &lt;b&gt;" in since
    assert "app.rotate_secret" not in since
    bob.post(f"{disabled}undo/")
    assert "Not put back or changed again" in text_of(
        alice.get(first_operation(alice, "app.rotate_secret"))
    )


def test_a_change_that_changed_nothing_says_so(victor: Client, bob: Client, shop: str) -> None:
    bob.post(url("app-enable"))
    assert "nothing: it was so already" in text_of(victor.get(AUDIT))
    assert "Nothing: it was so already" in text_of(
        victor.get(first_operation(victor, "app.enable"))
    )


def test_an_operation_shows_each_attribute_before_and_after(victor: Client, history: None) -> None:
    record = text_of(victor.get(first_operation(victor, "app.disable")))
    assert "<del>true</del>" in record
    assert "<ins>false</ins>" in record


def test_a_rotated_secret_is_only_a_fingerprint(alice: Client, history: None) -> None:
    record = text_of(alice.get(first_operation(alice, "app.rotate_secret")))
    assert "only a fingerprint of the secret is kept" in record
    assert SHOP["AppSecret"]["S"] not in record


def test_an_app_has_its_own_history(victor: Client, history: None) -> None:
    page = text_of(victor.get(url("app-history")))
    assert "app.reveal_secret" in page
    assert "app.disable" in page


def test_an_operation_that_does_not_exist_is_404(victor: Client, history: None) -> None:
    assert victor.get(f"{AUDIT}0123456789abcdef/").status_code == 404


def lines_of(client: Client, path: str = AUDIT, **parameters: str) -> int:
    return text_of(client.get(path, parameters)).count('<code class="nowrap">')


def test_it_filters_by_app_person_and_time(victor: Client, history: None) -> None:
    assert lines_of(victor, app="shop") == 3
    assert lines_of(victor, app="chat") == 0
    assert lines_of(victor, person="bob") == 1
    assert lines_of(victor, person="nobody") == 0
    assert lines_of(victor, since="2020-01-01T00:00") == 3
    assert lines_of(victor, until="2020-01-01T00:00") == 0
    assert lines_of(victor, since="nonsense") == 3


def test_the_filters_of_the_address_stand_in_the_form(victor: Client, history: None) -> None:
    page = text_of(victor.get(AUDIT, {"app": "shop", "since": "2020-01-01T00:00"}))
    assert 'value="2020-01-01T00:00"' in page
    assert 'value="shop"' in page


def test_a_search_says_how_far_it_looked_and_goes_on(
    victor: Client, history: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_lines, "SEARCHED_AT_ONCE", 2)
    monkeypatch.setattr(audit_lines, "SEARCH_SECONDS", 0)
    page = text_of(victor.get(AUDIT, {"text": "OPS-17"}))
    found = re.search(r'href="(\?text=OPS-17&amp;before=\d+)">Search further back', page)
    assert found
    for _ in range(5):
        page = text_of(victor.get(AUDIT + found.group(1).replace("&amp;", "&")))
        if "app.disable</code>" in page:
            break
        found = re.search(r'href="(\?text=OPS-17&amp;before=\d+)">', page)
        assert found
    assert page.count('<code class="nowrap">app.disable') == 1


def test_everything_lists_all_connections_that_its_reader_may_see(
    alice: Client, victor: Client, charlie: Client, history: None
) -> None:
    record_event(ADMINISTRATOR, Action.PERSON_CREATE, target="dora")
    record_event(ADMINISTRATOR, Action.APP_EXPORT, connection="staging", target="all")
    assert lines_of(alice, "/audit/") == 5
    assert lines_of(alice, "/audit/", connection="-") == 1
    assert lines_of(alice, "/audit/", connection="default") == 3
    assert lines_of(victor, "/audit/") == 3
    assert charlie.get("/audit/").status_code == 403


def test_an_operation_of_another_connection_is_not_shown_under_this_one(alice: Client) -> None:
    entry = record_event(ADMINISTRATOR, Action.APP_EXPORT, connection="staging", target="all")
    assert alice.get(f"{AUDIT}{entry.operation_id}/").status_code == 404


def test_what_belongs_to_no_connection_has_a_page_too(alice: Client, victor: Client) -> None:
    entry = record_event(ADMINISTRATOR, Action.PERSON_CREATE, target="dora", note="by hand")
    page = text_of(alice.get(f"/audit/{entry.operation_id}/"))
    assert "dora" in page
    assert "by hand" in page
    assert victor.get(f"/audit/{entry.operation_id}/").status_code == 404


def test_webhooks_are_compared_one_by_one(alice: Client, store_app: StoreApp) -> None:
    shop_hook = {"url": "https://shop.example", "event_types": ["client_event"]}
    chat_hook = {"url": "https://chat.example", "event_types": ["cache_miss"]}
    store_app(Webhooks={"S": json.dumps([shop_hook, chat_hook])})
    opened = text_of(alice.get(url("app-edit")))
    base = re.search(r'name="base" value="([^"]+)"', opened)
    assert base
    changed = json.dumps([shop_hook, {**chat_hook, "event_types": ["member_added"]}])
    alice.post(url("app-edit"), {"base": base.group(1), "webhooks": changed, "step": "save"})
    record = text_of(alice.get(first_operation(alice, "app.update")))
    assert "https://chat.example" in record
    assert "https://shop.example" not in record
    assert "<del>[&quot;cache_miss&quot;]</del>" in record


def test_parts_of_bulk_work_lead_to_one_another(alice: Client) -> None:
    whole = record_event(ADMINISTRATOR, Action.APP_BULK, connection="default", target="2 apps")
    doing = Doing(
        actor=ADMINISTRATOR,
        action=Action.APP_DISABLE,
        connection="default",
        target="shop",
        parent_id=whole.operation_id,
    )
    append_entry(doing, Ending(outcome=Outcome.SUCCEEDED))
    page = text_of(alice.get(f"{AUDIT}{whole.operation_id}/"))
    assert "Its parts" in page
    assert f"{AUDIT}{doing.operation_id}/" in page
    part = text_of(alice.get(f"{AUDIT}{doing.operation_id}/"))
    assert f"{AUDIT}{whole.operation_id}/" in part


def test_a_mended_flag_shows_its_types(victor: Client, bob: Client, store_app: StoreApp) -> None:
    store_app(Enabled={"S": "false"})
    fix = {"code": "enabled-not-boolean", "mode": "as-meant", "attribute": "Enabled"}
    bob.post(url("app-fix"), fix)
    record = text_of(victor.get(first_operation(victor, "app.fix")))
    assert "<del>false (text)</del>" in record
    assert "<ins>false (boolean)</ins>" in record
