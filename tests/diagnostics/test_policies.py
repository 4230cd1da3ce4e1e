"""The policies the verdicts point to grant exactly what the verdicts ask for, by an AWS that checks policies."""

from __future__ import annotations

import pytest

from apps_admin.diagnostics.report import PART_POLICIES, Part
from apps_admin.diagnostics.runner import run_test
from apps_admin.generators.missing_actions import missing_actions_policy
from apps_admin.generators.policies import find_purpose
from apps_admin.generators.policies.inputs import PolicyInputs
from tests.aws.iam_server import ACCOUNT, IamServer
from tests.aws.tables import connection_to
from tests.diagnostics.expectations import static


@pytest.mark.parametrize(
    ("part", "good_for"),
    [
        (Part.SOKETI, {Part.SOKETI}),
        (Part.READ, {Part.SOKETI, Part.READ, Part.COPY_SOURCE}),
        (Part.EDIT, set(Part)),
        (Part.COPY_SOURCE, {Part.COPY_SOURCE}),
        (Part.COPY_DESTINATION, {Part.COPY_DESTINATION}),
    ],
)
def test_the_policy_of_a_part_makes_its_verdict_good(
    iam: IamServer, iam_table: str, part: Part, good_for: set[Part]
) -> None:
    inputs = PolicyInputs(table=iam_table, accounts=(ACCOUNT,))
    document = find_purpose(PART_POLICIES[part]).document(inputs)
    user = iam.user_with(document["Statement"])
    report = run_test(connection_to(iam.url, iam_table, credentials=static(user)))
    works = {verdict.part for verdict in report.verdicts if verdict.works}
    assert part in works
    assert works >= good_for
    if part in (Part.SOKETI, Part.READ):
        assert works == good_for


def test_the_policy_of_what_is_missing_is_exactly_enough(iam: IamServer, iam_table: str) -> None:
    nothing = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
    first = iam.user_with([nothing])
    connection = connection_to(iam.url, iam_table, credentials=static(first))
    missing = run_test(connection).verdict_on(Part.EDIT).missing_actions
    iam.client("iam").put_user_policy(
        UserName=first.user,
        PolicyName="shown",
        PolicyDocument=missing_actions_policy(connection, missing),
    )
    assert run_test(connection).verdict_on(Part.EDIT).works
