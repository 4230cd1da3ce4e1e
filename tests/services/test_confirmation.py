"""A protected connection has the id typed, whichever way something is taken away from clients or servers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from apps_admin.domain.actions import Action
from apps_admin.domain.app import AppEdit
from apps_admin.domain.bulk import BulkChange, BulkKind
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.finding import FixMode
from apps_admin.domain.limits import Limit
from apps_admin.services.app_jobs import confirm_job
from apps_admin.services.apps import (
    Change,
    cut_off_app,
    disable_app,
    enable_app,
    fix_app,
    rotate_secret,
    update_app,
)
from apps_admin.services.bulk import preview_bulk
from apps_admin.services.doctor import fix_apps
from apps_admin.services.undo import restore_version, undo_operation
from apps_admin.services.versions import Side
from apps_admin.services.workspace import Workspace
from tests.fakes import InMemoryAppRepository
from tests.services.conftest import MakeWorkspace

pytestmark = pytest.mark.django_db(transaction=True)

Do = Callable[..., Change]


@pytest.fixture
def protected(store: InMemoryAppRepository, open_as: MakeWorkspace) -> Workspace:
    """Alice's workspace in a protected connection whose shop takes connections."""
    before = store.get("shop")
    store.update(before, before.with_attribute("Enabled", {"BOOL": True}))
    return open_as(protected=True)


def refused(workspace: Workspace, do: Do) -> None:
    before = workspace.apps.get("shop")
    for typed in ("", "Shop"):
        with pytest.raises(ValidationError) as caught:
            do(workspace, confirmation=typed)
        assert list(caught.value.errors) == ["confirmation"]
        assert "Type the id of the app, shop, to confirm" in str(caught.value)
    assert workspace.apps.get("shop") == before


@pytest.mark.parametrize(
    "do",
    [
        partial(disable_app, app_id="shop"),
        partial(rotate_secret, app_id="shop"),
        partial(cut_off_app, app_id="shop"),
        partial(update_app, app_id="shop", edit=AppEdit(is_enabled=False)),
        partial(update_app, app_id="shop", edit=AppEdit(secret="another-secret-of-the-shop")),
    ],
)
def test_what_takes_something_away_needs_the_id(protected: Workspace, do: Do) -> None:
    refused(protected, do)
    assert do(protected, confirmation="shop").is_change


def test_a_look_at_what_would_change_needs_nothing(protected: Workspace) -> None:
    assert disable_app(protected, "shop", dry_run=True).is_change


def test_what_takes_nothing_away_needs_nothing(protected: Workspace) -> None:
    disable_app(protected, "shop", confirmation="shop")
    assert enable_app(protected, "shop").is_change
    assert update_app(protected, "shop", AppEdit(limits={Limit.MAX_CONNECTIONS: None})).is_change


def test_another_connection_needs_nothing(workspace: Workspace) -> None:
    assert cut_off_app(workspace, "shop").is_change


def test_undo_and_restore_need_it_where_they_take_something_away(protected: Workspace) -> None:
    disable_app(protected, "shop", confirmation="shop")
    on = enable_app(protected, "shop")
    refused(protected, partial(undo_operation, operation_id=on.operation_id))
    undone = undo_operation(protected, on.operation_id, confirmation="shop")
    assert undone.after is not None
    assert not undone.after.is_enabled
    assert undo_operation(protected, undone.operation_id).is_change
    earlier = partial(
        restore_version, app_id="shop", operation_id=on.operation_id, side=Side.BEFORE
    )
    refused(protected, earlier)
    assert earlier(protected, confirmation="shop").is_change


def test_a_fix_that_stops_connections_needs_it(open_as: MakeWorkspace) -> None:
    code, mode = "enabled-not-boolean", FixMode.AS_MEANT
    refused(
        open_as(protected=True),
        partial(fix_app, app_id="shop", code=code, mode=mode, attribute="Enabled"),
    )


def test_bulk_work_needs_the_number_of_apps(protected: Workspace) -> None:
    change = BulkChange(kind=BulkKind.SET_LIMIT, limit=Limit.MAX_CONNECTIONS, value=None)
    job = preview_bulk(protected, change, app_ids=["shop", "nobody"])
    for typed in ("", "2", "shop"):
        with pytest.raises(ValidationError, match="how many apps change, 1,"):
            confirm_job(protected, job, Action.APP_BULK, confirmation=typed)
    assert confirm_job(protected, job, Action.APP_BULK, confirmation="1").operation_id


def test_the_doctors_fixes_need_the_number_of_apps(protected: Workspace) -> None:
    fixes = {"enabled-not-boolean": FixMode.AS_READ}
    with pytest.raises(ValidationError, match="how many apps change, 1,"):
        list(fix_apps(protected, ["shop"], fixes))
    assert list(fix_apps(protected, ["shop"], fixes, confirmation="1"))
