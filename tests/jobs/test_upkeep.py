"""The worker's own chores: each in its time, whatever happens to the others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Action
from apps_admin.domain.errors import UnreachableError
from apps_admin.jobs.upkeep import CHORES, Chore, Upkeep
from apps_admin.services.audit import record_event
from tests.cast import ALICE


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_chore_is_done_at_once_and_then_in_its_time() -> None:
    done: list[str] = []
    clock = Clock()
    upkeep = Upkeep(
        [
            Chore(name="often", every=timedelta(minutes=1), work=lambda: done.append("often")),
            Chore(name="seldom", every=timedelta(hours=1), work=lambda: done.append("seldom")),
        ],
        clock=clock,
    )
    for clock.now in (0, 30, 61, 62, 3601):
        upkeep.do_due()
    assert done == ["often", "seldom", "often", "often", "seldom"]


@pytest.mark.parametrize("error", [UnreachableError("no answer"), OSError("disk"), KeyError("bug")])
def test_trouble_with_one_chore_stops_no_other(error: Exception) -> None:
    done: list[str] = []

    def fail() -> None:
        raise error

    Upkeep(
        [
            Chore(name="bad", every=timedelta(minutes=1), work=fail),
            Chore(name="good", every=timedelta(minutes=1), work=lambda: done.append("good")),
        ]
    ).do_due()
    assert done == ["good"]


@pytest.mark.django_db
def test_the_real_chores_run_and_publish_the_head(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_HEAD_FILE = str(tmp_path / "heads")
    settings.EMBEDDED_ENGINE = False
    record_event(ALICE, Action.SESSION_SIGN_IN)
    Upkeep(CHORES).do_due()
    assert '"sequence": 1' in (tmp_path / "heads").read_text()
