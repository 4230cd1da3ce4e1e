"""What an operator does with an app, what the table then holds, and how many calls it took."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps_admin.domain.app import App, AppEdit, NewApp
from apps_admin.domain.errors import (
    AppConflictError,
    AppExistsError,
    AppNotDisabledError,
    AppNotFoundError,
    DeniedError,
    KeyTakenError,
    ValidationError,
)
from apps_admin.domain.item import RawItem
from apps_admin.domain.limits import Limit
from apps_admin.models import AuditEntry, KeyClaim
from apps_admin.services.apps import (
    create_app,
    cut_off_app,
    delete_app,
    disable_app,
    enable_app,
    remove_attribute,
    reveal_secret,
    rotate_secret,
    show_app,
    update_app,
)
from apps_admin.services.claims import release_settled_claims
from apps_admin.services.form_base import read_base, sign_base
from apps_admin.services.workspace import Workspace
from tests.cast import BOB
from tests.fakes import InMemoryAppRepository
from tests.services.conftest import SHOP, MakeWorkspace

pytestmark = pytest.mark.django_db

CHAT = NewApp(id="chat", key="chat-key", secret="a-secret-of-enough-length-1234")


def outcomes() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("sequence").values_list("action", "outcome"))


class TestShow:
    def test_one_call_reads_the_app_and_nothing_is_recorded(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        record = show_app(workspace, "shop")
        assert store.calls == ["get"]
        assert record.app.item == SHOP
        assert record.view.enabled.value  # soketi takes B 'false' for true
        assert outcomes() == []

    def test_the_revision_changes_with_any_attribute(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        before = show_app(workspace, "shop").revision
        store.update(SHOP, SHOP.with_attribute("Note", {"S": "x"}))
        assert show_app(workspace, "shop").revision != before

    def test_a_secret_is_in_no_repr(self, workspace: Workspace) -> None:
        assert "the-old-secret" not in repr(show_app(workspace, "shop"))


class TestCreate:
    def test_five_calls_create_an_app(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        change = create_app(workspace, CHAT)
        assert store.calls == ["get", "get", "find_by_key", "find_by_key", "create"]
        assert store.get("chat") == CHAT.to_item()
        assert change.before is None
        assert change.after is not None
        assert change.after.secret == CHAT.secret
        assert outcomes() == [("app.create", "started"), ("app.create", "succeeded")]

    @pytest.mark.parametrize(
        ("new_app", "error"),
        [
            (NewApp(id="shop", key="fresh"), AppExistsError),
            (NewApp(id="fresh", key="shop-key"), KeyTakenError),
            (NewApp(id="fresh", key="shop"), KeyTakenError),
            (NewApp(id="shop-key", key="fresh"), KeyTakenError),
        ],
    )
    def test_an_id_or_key_that_any_app_has_as_id_or_key_is_refused(
        self,
        workspace: Workspace,
        store: InMemoryAppRepository,
        new_app: NewApp,
        error: type[Exception],
    ) -> None:
        with pytest.raises(error):
            create_app(workspace, new_app)
        assert "create" not in store.calls
        assert outcomes()[-1] == ("app.create", "failed")
        assert not KeyClaim.objects.exists()

    def test_an_id_being_taken_right_now_is_refused(self, workspace: Workspace) -> None:
        class Slow(InMemoryAppRepository):
            def create(self, item: RawItem) -> None:
                with pytest.raises(KeyTakenError):
                    create_app(workspace, NewApp(id="other", key=CHAT.key))
                super().create(item)

        slow = Workspace(
            connection=workspace.connection,
            actor=workspace.actor,
            open_store=lambda _connection: Slow(),
        )
        create_app(slow, CHAT)
        assert outcomes().count(("app.create", "succeeded")) == 1
        assert outcomes().count(("app.create", "failed")) == 1

    def test_a_claim_ends_when_the_index_shows_the_app_and_not_before(
        self, workspace: Workspace, store: InMemoryAppRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create_app(workspace, CHAT)
        assert KeyClaim.objects.count() == 2
        again = NewApp(id="another", key=CHAT.key)
        with monkeypatch.context() as lagging:
            lagging.setattr(store, "find_by_key", lambda _key: ())
            with pytest.raises(KeyTakenError, match="right now"):
                create_app(workspace, again)
        with pytest.raises(KeyTakenError, match="is the key of the app 'chat'"):
            create_app(workspace, again)
        assert not KeyClaim.objects.filter(value=CHAT.key).exists()

    def test_a_claim_ends_at_last_where_nobody_may_ask_the_index(
        self, workspace: Workspace, store: InMemoryAppRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create_app(workspace, CHAT)
        monkeypatch.setattr(store, "find_by_key", lambda _key: pytest.fail("asked the index"))
        with time_machine.travel(timezone.now() + timedelta(minutes=11)):
            assert release_settled_claims(workspace.connection, store) == 2

    def test_the_id_of_a_deleted_app_can_be_taken_again_at_once(self, workspace: Workspace) -> None:
        create_app(workspace, CHAT)
        disable_app(workspace, "chat")
        delete_app(workspace, "chat", confirmation="chat", is_drained=True)
        create_app(workspace, CHAT)
        assert show_app(workspace, "chat").app.key == CHAT.key

    def test_a_new_app_that_breaks_a_rule_is_not_even_tried(self, workspace: Workspace) -> None:
        with pytest.raises(ValidationError):
            create_app(workspace, NewApp(id="with space"))
        assert outcomes() == []

    def test_a_dry_run_writes_and_records_nothing(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        change = create_app(workspace, CHAT, dry_run=True)
        assert change.after is not None
        assert change.operation_id == ""
        assert "create" not in store.calls
        assert outcomes() == []


CHANGES: dict[str, Callable[[Workspace], Any]] = {
    "enable": lambda workspace: enable_app(workspace, "shop"),
    "disable": lambda workspace: disable_app(workspace, "shop"),
    "rotate": lambda workspace: rotate_secret(workspace, "shop"),
    "cut off": lambda workspace: cut_off_app(workspace, "shop"),
    "update": lambda workspace: update_app(
        workspace, "shop", AppEdit(limits={Limit.MAX_CONNECTIONS: Decimal(5)})
    ),
    "remove": lambda workspace: remove_attribute(workspace, "shop", "Team"),
}


class TestChanges:
    @pytest.mark.parametrize("name", CHANGES)
    def test_every_change_takes_two_calls(
        self, workspace: Workspace, store: InMemoryAppRepository, name: str
    ) -> None:
        CHANGES[name](workspace)
        assert store.calls == ["get", "update"]
        assert [outcome for _, outcome in outcomes()] == ["started", "succeeded"]

    @pytest.mark.parametrize("name", CHANGES)
    def test_a_viewer_is_denied_and_nothing_is_read(
        self, open_as: MakeWorkspace, store: InMemoryAppRepository, name: str
    ) -> None:
        with pytest.raises(DeniedError):
            CHANGES[name](open_as(BOB))
        assert store.calls == []
        assert [outcome for _, outcome in outcomes()] == ["denied"]

    def test_disabling_an_app_with_a_binary_flag_really_disables_it(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        change = disable_app(workspace, "shop")
        assert store.get("shop").get("Enabled") == {"BOOL": False}
        assert not show_app(workspace, "shop").view.enabled.value
        assert change.is_change

    def test_disabling_twice_changes_nothing_and_says_so(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        disable_app(workspace, "shop")
        store.calls.clear()
        assert not disable_app(workspace, "shop").is_change
        assert store.calls == ["get"]
        assert AuditEntry.objects.order_by("-pk")[0].to_entry().details == {"unchanged": True}

    def test_editing_one_limit_leaves_every_other_attribute_as_it_was(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        CHANGES["update"](workspace)
        assert store.get("shop") == SHOP.with_attribute("MaxConnections", {"N": "5"})

    def test_cutting_off_disables_and_rotates_in_one_write(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        change = cut_off_app(workspace, "shop")
        stored = store.get("shop")
        assert stored.get("Enabled") == {"BOOL": False}
        assert stored.get("AppSecret") not in (None, SHOP.get("AppSecret"))
        assert change.after is not None
        assert stored.get("AppSecret") == {"S": change.after.secret}

    def test_a_given_secret_is_taken_and_a_weak_one_refused(self, workspace: Workspace) -> None:
        change = rotate_secret(workspace, "shop", secret="one-that-the-operator-chose-2026")
        assert change.after is not None
        assert change.after.secret == "one-that-the-operator-chose-2026"
        with pytest.raises(ValidationError):
            rotate_secret(workspace, "shop", secret="two\nlines")

    def test_an_attribute_that_soketi_reads_cannot_be_removed(self, workspace: Workspace) -> None:
        with pytest.raises(ValidationError):
            remove_attribute(workspace, "shop", "AppSecret")

    def test_a_dry_run_tells_the_change_and_makes_none(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        change = update_app(
            workspace, "shop", AppEdit(limits={Limit.MAX_CONNECTIONS: None}), dry_run=True
        )
        assert change.after is not None
        assert change.after.item.get("MaxConnections") is None
        assert store.calls == ["get"]
        assert outcomes() == []

    def test_a_deleted_app_is_not_resurrected(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        store.delete(SHOP)
        with pytest.raises(AppNotFoundError):
            disable_app(workspace, "shop")
        assert not store.scan().items


class TestStale:
    def test_a_stale_revision_is_a_conflict_that_carries_what_is_stored(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        revision = show_app(workspace, "shop").revision
        disable_app(workspace, "shop")
        with pytest.raises(AppConflictError) as caught:
            update_app(workspace, "shop", AppEdit(is_enabled=True), revision=revision)
        assert caught.value.stored == store.get("shop")

    def test_two_people_editing_different_fields_both_keep_their_change(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        base = read_base("production", "shop", sign_base("production", SHOP))
        disable_app(workspace, "shop")
        whole_form = AppEdit(
            is_enabled=True,  # as the form was filled: not a change of this operator
            limits={Limit.MAX_CONNECTIONS: Decimal(7)},
        )
        update_app(workspace, "shop", whole_form, base=base)
        stored = store.get("shop")
        assert stored.get("Enabled") == {"BOOL": False}
        assert stored.get("MaxConnections") == {"N": "7"}

    def test_a_form_saved_untouched_changes_nothing(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        base = read_base("production", "shop", sign_base("production", SHOP))
        app = App(SHOP)
        untouched = AppEdit(
            is_enabled=app.is_enabled,  # soketi takes the stored B 'false' for true
            allows_client_messages=app.allows_client_messages,
            limits=app.limits,
            webhooks_text=app.webhooks_text,
        )
        assert not update_app(workspace, "shop", untouched, base=base).is_change
        assert store.get("shop") == SHOP

    def test_two_people_editing_the_same_field_are_told(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        base = read_base("production", "shop", sign_base("production", SHOP))
        update_app(workspace, "shop", AppEdit(limits={Limit.MAX_CONNECTIONS: Decimal(5)}))
        mine = AppEdit(limits={Limit.MAX_CONNECTIONS: Decimal(7)})
        with pytest.raises(AppConflictError) as caught:
            update_app(workspace, "shop", mine, base=base)
        assert caught.value.stored == store.get("shop")
        assert store.get("shop").get("MaxConnections") == {"N": "5"}

    def test_a_form_of_another_app_or_a_forged_one_is_refused(self) -> None:
        signed = sign_base("production", SHOP)
        for connection, app_id, text in (
            ("staging", "shop", signed),
            ("production", "chat", signed),
            ("production", "shop", signed[:-2] + "xx"),
            ("production", "shop", ""),
        ):
            with pytest.raises(ValidationError):
                read_base(connection, app_id, text)

    def test_the_base_carries_no_secret(self) -> None:
        base = read_base("production", "shop", sign_base("production", SHOP))
        assert base.get("AppSecret") is None
        assert base.get("AppKey") is None


class TestKey:
    def test_a_missing_key_may_be_set_once(self, open_as: MakeWorkspace) -> None:
        keyless = SHOP.without("AppKey")
        store = InMemoryAppRepository([keyless])
        workspace = Workspace(
            connection=open_as().connection,
            actor=open_as().actor,
            open_store=lambda _connection: store,
        )
        update_app(workspace, "shop", AppEdit(key="fresh-key"))
        assert store.get("shop").get("AppKey") == {"S": "fresh-key"}
        with pytest.raises(ValidationError):
            update_app(workspace, "shop", AppEdit(key="another-key"))

    def test_a_key_of_another_app_cannot_be_set(self, open_as: MakeWorkspace) -> None:
        keyless = RawItem(attributes={"AppId": {"S": "old"}, "AppSecret": {"S": "x" * 32}})
        store = InMemoryAppRepository([SHOP, keyless])
        workspace = Workspace(
            connection=open_as().connection,
            actor=open_as().actor,
            open_store=lambda _connection: store,
        )
        for taken in ("shop-key", "shop"):
            with pytest.raises(KeyTakenError):
                update_app(workspace, "old", AppEdit(key=taken))
        assert store.get("old").get("AppKey") is None


class TestDelete:
    def test_an_enabled_app_is_not_deleted(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        with pytest.raises(AppNotDisabledError):
            delete_app(workspace, "shop", confirmation="shop", is_drained=True)
        assert store.get("shop") == SHOP

    def test_it_asks_for_the_id_and_for_drained_sockets(self, workspace: Workspace) -> None:
        disable_app(workspace, "shop")
        with pytest.raises(ValidationError) as caught:
            delete_app(workspace, "shop", confirmation="Shop", is_drained=False)
        assert set(caught.value.errors) == {"confirmation", "is_drained"}

    def test_a_disabled_app_is_deleted_in_two_calls(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        disable_app(workspace, "shop")
        store.calls.clear()
        change = delete_app(workspace, "shop", confirmation="shop", is_drained=True)
        assert store.calls == ["get", "delete"]
        assert change.after is None
        assert not store.scan().items


class TestReveal:
    def test_a_reveal_is_recorded_before_the_secret_is_read(self, workspace: Workspace) -> None:
        revealed = reveal_secret(workspace, "shop")
        assert revealed.secret == "the-old-secret-of-the-shop"
        assert "the-old-secret" not in repr(revealed)
        assert outcomes() == [("app.reveal_secret", "started"), ("app.reveal_secret", "succeeded")]

    def test_who_may_not_see_secrets_is_denied(
        self, open_as: MakeWorkspace, store: InMemoryAppRepository
    ) -> None:
        with pytest.raises(DeniedError):
            reveal_secret(open_as(BOB), "shop")
        assert store.calls == []
