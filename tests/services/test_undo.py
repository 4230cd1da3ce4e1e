"""Undo and restore set back exactly what was changed, obey the rules, and refuse when it would lose something."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps_admin.domain.app import App, AppEdit, NewApp
from apps_admin.domain.comparison import Standing
from apps_admin.domain.errors import (
    AppConflictError,
    AppExistsError,
    AppNotDisabledError,
    DeniedError,
    NotFoundError,
    UndoRefusedError,
    ValidationError,
)
from apps_admin.domain.limits import Limit
from apps_admin.models import AuditEntry, VaultEntry
from apps_admin.services.apps import (
    Change,
    create_app,
    cut_off_app,
    delete_app,
    disable_app,
    enable_app,
    rotate_secret,
    update_app,
)
from apps_admin.services.audit_lines import show_operation
from apps_admin.services.undo import (
    compare_undo,
    restore_version,
    undo_operation,
    what_undo_cannot_bring_back,
    why_not_undoable,
)
from apps_admin.services.vault import remove_expired_secrets
from apps_admin.services.versions import Side, compare_version, list_versions
from apps_admin.services.workspace import Workspace
from tests.cast import ALICE, BOB
from tests.fakes import InMemoryAppRepository
from tests.services.conftest import SHOP, MakeWorkspace

pytestmark = pytest.mark.django_db

CHAT = NewApp(id="chat", key="chat-key", secret="a-secret-of-enough-length-1234")
FIVE = AppEdit(limits={Limit.MAX_CONNECTIONS: Decimal(5)})


class TestUndo:
    def test_every_attribute_comes_back_as_it_was_stored(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        changes: tuple[Callable[[], Change], ...] = (
            lambda: disable_app(workspace, "shop"),
            lambda: update_app(workspace, "shop", FIVE),
            lambda: rotate_secret(workspace, "shop"),
            lambda: cut_off_app(workspace, "shop"),
        )
        for make in changes:
            change = make()
            assert change.before is not None
            store.calls.clear()
            undone = undo_operation(workspace, change.operation_id)
            assert store.calls == ["get", "update"]
            assert store.get("shop") == change.before.item
            assert undone.is_change
        entry = AuditEntry.objects.order_by("-sequence")[0].to_entry()
        assert entry.action == "app.undo"
        assert entry.details == {"undoes": change.operation_id}

    def test_what_changed_since_elsewhere_stays(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        disabled = disable_app(workspace, "shop")
        update_app(workspace, "shop", FIVE)
        undo_operation(workspace, disabled.operation_id)
        assert store.get("shop") == SHOP.with_attribute("MaxConnections", {"N": "5"})

    def test_what_was_changed_again_is_not_overwritten(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        first = update_app(workspace, "shop", FIVE)
        update_app(workspace, "shop", AppEdit(limits={Limit.MAX_CONNECTIONS: Decimal(7)}))
        with pytest.raises(AppConflictError) as caught:
            undo_operation(workspace, first.operation_id)
        assert caught.value.stored == store.get("shop")
        comparison = compare_undo(workspace, first.operation_id)
        (field,) = comparison.fields
        assert field.name == "max_connections"
        assert field.standing is Standing.CONFLICT
        assert field.base["MaxConnections"] == {"N": "5"}
        assert field.mine["MaxConnections"] == {"N": "100"}
        assert field.stored["MaxConnections"] == {"N": "7"}

    def test_an_undo_can_be_undone(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        undone = undo_operation(workspace, disable_app(workspace, "shop").operation_id)
        undo_operation(workspace, undone.operation_id)
        assert store.get("shop").get("Enabled") == {"BOOL": False}

    def test_undoing_a_create_is_a_safe_delete(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        created = create_app(workspace, CHAT).operation_id
        with pytest.raises(ValidationError):
            undo_operation(workspace, created)
        with pytest.raises(AppNotDisabledError):
            undo_operation(workspace, created, is_drained=True)
        disable_app(workspace, "chat")
        undo_operation(workspace, created, is_drained=True)
        assert [item.app_id for item in store.scan().items] == ["shop"]

    def test_undoing_the_create_of_an_app_that_changed_since_is_refused(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        created = create_app(workspace, CHAT).operation_id
        rotate_secret(workspace, "chat")
        disable_app(workspace, "chat")
        with pytest.raises(AppConflictError):
            undo_operation(workspace, created, is_drained=True)
        assert store.get("chat")

    def test_undoing_a_delete_brings_back_the_whole_app(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        disable_app(workspace, "shop")
        before = store.get("shop")
        deleted = delete_app(workspace, "shop", confirmation="shop", is_drained=True)
        undo_operation(workspace, deleted.operation_id)
        assert store.get("shop") == before
        with pytest.raises(AppExistsError):
            undo_operation(workspace, deleted.operation_id)

    def test_without_the_vault_what_holds_no_secret_can_still_be_undone(
        self, workspace: Workspace, store: InMemoryAppRepository, settings: Settings
    ) -> None:
        settings.VAULT_KEYS = []
        disabled = disable_app(workspace, "shop")
        undo_operation(workspace, disabled.operation_id)
        assert store.get("shop") == SHOP
        rotated = rotate_secret(workspace, "shop")
        with pytest.raises(UndoRefusedError):
            undo_operation(workspace, rotated.operation_id)
        disable_app(workspace, "shop")
        deleted = delete_app(workspace, "shop", confirmation="shop", is_drained=True)
        with pytest.raises(UndoRefusedError):
            undo_operation(workspace, deleted.operation_id)

    def test_a_setting_keeps_no_versions_at_all(
        self, workspace: Workspace, settings: Settings
    ) -> None:
        settings.VERSION_DAYS = 0
        rotate_secret(workspace, "shop")
        assert not VaultEntry.objects.exists()

    def test_undo_obeys_the_rules(self, workspace: Workspace, store: InMemoryAppRepository) -> None:
        lethal = SHOP.with_attribute("Webhooks", {"S": '[{"url": "https://example.com"}]'})
        store.update(SHOP, lethal)
        mended = update_app(workspace, "shop", AppEdit(webhooks_text=None))
        with pytest.raises(ValidationError):
            undo_operation(workspace, mended.operation_id)

    def test_what_failed_or_changed_nothing_cannot_be_undone(self, workspace: Workspace) -> None:
        enable_app(workspace, "shop")
        nothing = enable_app(workspace, "shop").operation_id
        with pytest.raises(UndoRefusedError):
            undo_operation(workspace, nothing)
        with pytest.raises(NotFoundError):
            undo_operation(workspace, "no-such-operation")

    def test_a_viewer_may_not_undo(self, workspace: Workspace, open_as: MakeWorkspace) -> None:
        change = disable_app(workspace, "shop")
        with pytest.raises(DeniedError):
            undo_operation(open_as(BOB), change.operation_id)
        line = show_operation(BOB, change.operation_id)
        assert why_not_undoable(open_as(BOB), line)

    def test_a_change_of_another_connection_is_not_found(
        self, workspace: Workspace, open_as: MakeWorkspace
    ) -> None:
        change = disable_app(workspace, "shop")
        with pytest.raises(NotFoundError):
            undo_operation(open_as(ALICE, slug="staging"), change.operation_id)

    def test_a_dry_run_shows_what_undo_would_do(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        change = disable_app(workspace, "shop")
        planned = undo_operation(workspace, change.operation_id, dry_run=True)
        assert planned.after == App(SHOP)
        assert store.get("shop") != SHOP

    def test_undo_is_offered_exactly_when_it_is_possible(self, workspace: Workspace) -> None:
        rotated = show_operation(ALICE, rotate_secret(workspace, "shop").operation_id)
        assert why_not_undoable(workspace, rotated) == ""
        VaultEntry.objects.all().delete()
        assert "not kept" in why_not_undoable(workspace, rotated)
        unchanged = show_operation(ALICE, enable_app(workspace, "shop").operation_id)
        assert why_not_undoable(workspace, unchanged) == ""
        assert what_undo_cannot_bring_back("app.rotate_secret")
        assert what_undo_cannot_bring_back("app.update")


class TestRestore:
    def test_any_earlier_state_can_be_restored(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        first = disable_app(workspace, "shop")
        update_app(workspace, "shop", FIVE)
        rotate_secret(workspace, "shop")
        restore_version(workspace, "shop", first.operation_id, Side.BEFORE)
        assert store.get("shop") == SHOP
        entry = AuditEntry.objects.order_by("-sequence")[0].to_entry()
        assert entry.action == "app.restore"
        assert entry.details == {"restores": first.operation_id, "side": "before"}

    def test_a_deleted_app_can_be_restored(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        first = disable_app(workspace, "shop")
        delete_app(workspace, "shop", confirmation="shop", is_drained=True)
        restore_version(workspace, "shop", first.operation_id, Side.BEFORE)
        assert store.get("shop") == SHOP

    def test_versions_are_listed_newest_first_without_secrets(self, workspace: Workspace) -> None:
        disable_app(workspace, "shop")
        rotate_secret(workspace, "shop", secret="one-that-the-operator-chose-2026")
        versions = list_versions(workspace, "shop")
        assert [(each.action, each.side) for each in versions] == [
            ("app.rotate_secret", Side.AFTER),
            ("app.disable", Side.AFTER),
            ("app.disable", Side.BEFORE),
        ]
        assert versions[0].actor_name == "Alice"
        assert [each.attribute for each in versions[1].differences] == ["Enabled"]
        shown = json.dumps([each.after for version in versions for each in version.differences])
        assert "operator-chose" not in repr(versions) + shown
        assert "the-old-secret" not in repr(versions) + shown

    def test_a_version_can_be_compared_with_now(self, workspace: Workspace) -> None:
        first = disable_app(workspace, "shop")
        update_app(workspace, "shop", FIVE)
        differences = compare_version(workspace, "shop", first.operation_id, Side.BEFORE)
        assert [each.attribute for each in differences] == ["Enabled", "MaxConnections"]

    def test_a_version_of_another_app_is_not_found(self, workspace: Workspace) -> None:
        change = disable_app(workspace, "shop")
        with pytest.raises(NotFoundError):
            restore_version(workspace, "chat", change.operation_id, Side.BEFORE)

    def test_expired_versions_are_gone(self, workspace: Workspace) -> None:
        change = disable_app(workspace, "shop")
        with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
            assert list_versions(workspace, "shop") == []
            with pytest.raises(NotFoundError):
                restore_version(workspace, "shop", change.operation_id, Side.BEFORE)
            assert remove_expired_secrets() == 1

    def test_restore_cannot_change_the_key(
        self, workspace: Workspace, store: InMemoryAppRepository
    ) -> None:
        change = disable_app(workspace, "shop")
        stored = store.get("shop")
        store.delete(stored)
        store.create(stored.with_attribute("AppKey", {"S": "another-key"}))
        with pytest.raises(ValidationError):
            restore_version(workspace, "shop", change.operation_id, Side.BEFORE)
