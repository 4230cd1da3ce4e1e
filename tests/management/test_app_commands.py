"""The commands on apps: the answer alone on stdout, words about trouble on stderr, documented exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps_admin.aws.app_repository import open_app_repository
from apps_admin.domain.errors import AppNotFoundError
from apps_admin.domain.item import RawItem
from apps_admin.models import AuditEntry
from apps_admin.services.connections import get_connection
from tests.views.conftest import protected, reasons_required

__all__ = ["protected", "reasons_required"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(default_connection: str) -> None:
    run("create_app", "--id", "shop", "--key", "shop-key", "--limit", "max_connections=100")


def run(name: str, *arguments: str) -> Any:
    out = io.StringIO()
    call_command(name, *arguments, "--format", "json", stdout=out)
    return json.loads(out.getvalue())


def run_text(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def refusal(name: str, *arguments: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        call_command(name, *arguments, stdout=io.StringIO())
    return caught.value


def stored(app_id: str = "shop") -> RawItem:
    return open_app_repository(get_connection("default")).get(app_id)


def test_the_whole_life_of_an_app_by_commands() -> None:
    created = run("create_app", "--id", "chat", "--disabled", "--reason", "new customer")
    assert created["changed"]
    assert stored("chat").get("AppSecret") == {"S": created["app"]["secret"]}
    assert stored("chat").get("Enabled") == {"BOOL": False}
    assert run("enable_app", "chat")["app"]["enabled"]
    run("update_app", "chat", "--limit", "max_connections=5", "--client-messages")
    assert stored("chat").get("MaxConnections") == {"N": "5"}
    rotated = run("rotate_secret", "chat")["app"]["secret"]
    assert stored("chat").get("AppSecret") == {"S": rotated}
    cut_off = run("cut_off_app", "chat")
    assert not cut_off["app"]["enabled"]
    assert cut_off["app"]["secret"] != rotated
    run("delete_app", "chat", "--confirm", "chat", "--drained")
    with pytest.raises(AppNotFoundError):
        stored("chat")
    recorded = AuditEntry.objects.filter(target="chat", outcome="succeeded").order_by("sequence")
    assert [row.action for row in recorded] == [
        "app.create",
        "app.enable",
        "app.update",
        "app.rotate_secret",
        "app.cut_off",
        "app.delete",
    ]
    assert {row.actor_kind for row in recorded} == {"command"}
    assert recorded[0].reason == "new customer"


def test_show_masks_the_secret_unless_it_is_asked_for_and_then_audits() -> None:
    secret = (stored().get("AppSecret") or {})["S"]
    assert secret not in json.dumps(run("show_app", "shop"))
    assert secret not in run_text("show_app", "shop")
    assert not AuditEntry.objects.filter(action="app.reveal_secret").exists()
    assert run("show_app", "shop", "--reveal-secret")["secret"] == secret
    assert AuditEntry.objects.filter(action="app.reveal_secret").count() == 2


def test_show_tells_what_soketi_sees() -> None:
    shown = run("show_app", "shop")
    assert shown["soketi"]["accepts_connections"]
    assert shown["limits"]["max_connections"] == 100
    assert shown["revision"]
    assert "accepts connections" in run_text("show_app", "shop")


def test_a_dry_run_shows_the_difference_and_writes_nothing() -> None:
    before, entries = stored(), AuditEntry.objects.count()
    told = run("update_app", "shop", "--limit", "max_connections=unlimited", "--dry-run")
    assert told["differences"] == [
        {"attribute": "MaxConnections", "before": {"N": "100"}, "after": {"N": "-1"}}
    ]
    assert "Would change" in run_text("disable_app", "shop", "--dry-run")
    assert stored() == before
    assert AuditEntry.objects.count() == entries


def test_webhooks_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.json"
    path.write_text('[{"url": "https://example.com/hook", "event_types": ["cache_miss"]}]')
    run("update_app", "shop", "--webhooks", str(path))
    assert "https://example.com/hook" in (stored().get("Webhooks") or {})["S"]
    path.write_text("")
    run("update_app", "shop", "--webhooks", str(path))
    assert stored().get("Webhooks") is None


def test_saying_what_already_is_changes_nothing_and_says_so() -> None:
    assert "already was so" in run_text("enable_app", "shop")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show_app", "nobody"), 3, "No app has the id"),
        (("show_app", "shop", "--connection", "nowhere"), 3, "There is no connection"),
        (("delete_app", "shop", "--confirm", "shop", "--drained"), 5, "is enabled"),
        (("delete_app", "shop"), 6, "confirmation: Type the id"),
        (("create_app", "--id", "shop"), 5, "already in the table"),
        (("create_app", "--id", "a b"), 6, "id: Id: use 1 to 64"),
        (("update_app", "shop", "--limit", "max_connections=x"), 2, "--limit"),
        (("update_app", "shop", "--limit", "max_channel_name_length=0"), 6, "max_channel_name"),
        (("update_app", "shop", "--revision", "old", "--client-messages"), 5, "was changed"),
        (("update_app", "shop", "--remove-attribute", "AppSecret"), 6, "soketi reads"),
        (("update_app", "shop", "--webhooks", "/nonexistent"), 2, "--webhooks"),
    ],
)
def test_trouble_has_words_and_an_exit_code(
    arguments: tuple[str, ...], code: int, words: str
) -> None:
    error = refusal(*arguments)
    assert error.returncode == code
    assert words in str(error)


def test_the_help_documents_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("disable_app", "--help")
    assert "Exit codes: 0 done; 1 failed; 2 usage" in " ".join(capsys.readouterr().out.split())


def test_a_list_reads_the_table_the_first_time_and_when_asked_to() -> None:
    run("create_app", "--id", "chat", "--disabled")
    assert [each["id"] for each in run("list_apps")["apps"]] == ["chat", "shop"]
    store = open_app_repository(get_connection("default"))
    store.create(RawItem(attributes={"AppId": {"S": "by-hand"}, "AppKey": {"S": "k"}}))
    listed = run("list_apps", "--refresh", "--sort", "id", "--descending")["apps"]
    assert [each["id"] for each in listed] == ["shop", "chat", "by-hand"]
    assert [each["id"] for each in run("list_apps", "--state", "disabled")["apps"]] == ["chat"]
    assert [each["id"] for each in run("list_apps", "--search", "sho")["apps"]] == ["shop"]
    assert len(run("list_apps", "--limit", "2")["apps"]) == 2
    assert "by-hand" in run_text("list_apps", "--finding", "any")
    assert run_text("list_apps", "--search", "nothing-like-it") == "No apps.\n"


def test_a_connection_that_asks_for_a_reason_gets_one(reasons_required: None) -> None:
    for name, *arguments in (
        ("disable_app", "shop"),
        ("update_app", "shop", "--client-messages"),
        ("rotate_secret", "shop"),
        ("create_app", "--id", "chat"),
    ):
        error = refusal(name, *arguments)
        assert error.returncode == 6
        assert "asks for a reason" in str(error)
    assert stored().get("Enabled") == {"BOOL": True}
    run("disable_app", "shop", "--reason", "OPS-17")
    assert AuditEntry.objects.filter(outcome="succeeded", reason="OPS-17").exists()


@pytest.mark.parametrize("name", ["disable_app", "cut_off_app", "rotate_secret"])
def test_a_protected_connection_wants_the_id_once_more(protected: None, name: str) -> None:
    before = stored()
    error = refusal(name, "shop")
    assert error.returncode == 6
    assert "Type the id of the app, shop, to confirm" in str(error)
    assert stored() == before
    assert run(name, "shop", "--confirm", "shop")["changed"]
