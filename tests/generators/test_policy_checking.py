from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.errors import ValidationError
from apps_admin.generators.policies import PURPOSES
from apps_admin.generators.policies.checking import PolicyCheck, Verdict, check_policy
from apps_admin.generators.policies.iam import covers, known_actions, matches, overlaps
from tests.generators.policy_cases import ACCOUNT, cases, least

TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/apps"
INDEX = f"{TABLE}/index/AppKeyIndex"
GET = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE}
QUERY = {"Effect": "Allow", "Action": "dynamodb:Query", "Resource": INDEX}


def check(*statements: Any, purpose: str = "soketi-server") -> PolicyCheck:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return check_policy(json.dumps(document), PURPOSES[purpose], least(purpose))


def told(result: PolicyCheck, verdict: Verdict) -> list[tuple[str, str]]:
    return [(remark.action, remark.resource) for remark in result.of(verdict)]


@pytest.mark.parametrize("name", list(cases()))
def test_what_the_generator_writes_is_exact(name: str) -> None:
    purpose, inputs = cases()[name]
    result = check_policy(json.dumps(purpose.document(inputs)), purpose, inputs)
    assert result.is_exact, result.remarks


def test_the_order_and_spelling_of_lists_do_not_matter() -> None:
    both = {"Effect": "Allow", "Action": ["dynamodb:getitem"], "Resource": [TABLE]}
    assert check(QUERY, both).is_exact


def test_an_action_that_is_missing_is_named_with_its_resource_and_reason() -> None:
    result = check(GET)
    assert told(result, Verdict.MISSING) == [("dynamodb:Query", INDEX)]
    assert "WebSocket" in result.remarks[0].message


def test_a_query_on_the_table_is_no_query_on_the_index() -> None:
    result = check(GET, {**QUERY, "Resource": TABLE})
    assert told(result, Verdict.MISSING) == [("dynamodb:Query", INDEX)]
    assert told(result, Verdict.EXCESS) == [("", TABLE)]


def test_a_resource_of_another_region_is_missing_and_too_much() -> None:
    elsewhere = TABLE.replace("us-east-1", "eu-west-1")
    result = check({**GET, "Resource": elsewhere}, QUERY)
    assert told(result, Verdict.MISSING) == [("dynamodb:GetItem", TABLE)]
    assert told(result, Verdict.EXCESS) == [("", elsewhere)]


def test_an_action_too_many_is_named_with_what_it_does() -> None:
    result = check({**GET, "Action": ["dynamodb:GetItem", "dynamodb:DeleteItem"]}, QUERY)
    assert told(result, Verdict.EXCESS) == [("dynamodb:DeleteItem", "")]
    assert "(write)" in result.remarks[0].message


def test_a_wildcard_of_actions_counts_what_it_lets_in() -> None:
    result = check({**GET, "Action": "dynamodb:*"}, QUERY)
    (remark,) = result.of(Verdict.WILDCARD)
    assert "and " in remark.message
    assert "more" in remark.message
    assert not result.of(Verdict.MISSING)


def test_a_wildcard_of_resources_reaches_further() -> None:
    result = check({**GET, "Resource": f"{TABLE}*"}, QUERY)
    assert told(result, Verdict.WILDCARD) == [("", f"{TABLE}*")]


def test_a_star_for_everything_is_two_wildcards() -> None:
    result = check({"Effect": "Allow", "Action": "*", "Resource": "*"})
    assert told(result, Verdict.WILDCARD) == [("*", ""), ("", "*")]


def test_an_action_that_does_not_exist_is_unknown() -> None:
    result = check({**GET, "Action": ["dynamodb:GetItem", "dynamodb:GetItems"]}, QUERY)
    assert told(result, Verdict.UNKNOWN) == [("dynamodb:GetItems", "")]


def test_an_action_on_a_resource_it_never_acts_on_allows_nothing() -> None:
    result = check(GET, QUERY, {**GET, "Resource": INDEX})
    assert ("dynamodb:GetItem", INDEX) in told(result, Verdict.UNKNOWN)


def test_a_deny_takes_away_what_an_allow_gives() -> None:
    result = check(GET, QUERY, {"Effect": "Deny", "Action": "dynamodb:Get*", "Resource": "*"})
    assert told(result, Verdict.MISSING) == [("dynamodb:GetItem", TABLE)]


def test_a_deny_with_a_condition_is_only_noted() -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"x": "y"}}}
    result = check(GET, QUERY, deny)
    assert result.is_exact
    assert result.of(Verdict.NOTE)


def test_all_but_something_is_called_a_wildcard() -> None:
    result = check(GET, QUERY, {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"})
    assert "NotAction" in result.of(Verdict.WILDCARD)[0].message


def test_reading_without_the_condition_that_hides_secrets_is_too_much() -> None:
    document = PURPOSES["console-viewer-no-secret"].document(least("console-viewer-no-secret"))
    del document["Statement"][1]["Condition"]
    result = check(*document["Statement"], purpose="console-viewer-no-secret")
    assert "without the condition" in result.of(Verdict.EXCESS)[0].message


def test_another_trusted_account_is_missing_ours() -> None:
    document = PURPOSES["trust-cross-account"].document(least("trust-cross-account"))
    document["Statement"][0]["Principal"] = {"AWS": "arn:aws:iam::111122223333:root"}
    result = check(*document["Statement"], purpose="trust-cross-account")
    assert told(result, Verdict.MISSING) == [("sts:AssumeRole", "")]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not JSON"),
        ("{", "line 1"),
        ("[]", "no statement"),
        ("[" * 10_000, "not JSON"),
        ("5", "Statement 1"),
        ('{"Statement": [{"Action": "x"}]}', '"Effect"'),
        ('{"Effect": "Allow", "Resource": "*"}', '"Action"'),
        ('{"Effect": "Allow", "Action": 5}', "texts"),
        ('{"Effect": "Allow", "Action": "a:b", "Resouce": "*"}', "Resouce"),
        (" " * 50_001, "longer"),
        (json.dumps([GET] * 101), "more than 100"),
    ],
)
def test_what_is_no_policy_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        check_policy(text, PURPOSES["soketi-server"], least("soketi-server"))
    assert complaint in refusal.value.errors["policy"][0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Effect", "Action", "Resource", "Statement", "Condition", "Principal"])
            | st.text(max_size=3),
            part | st.sampled_from(["Allow", "Deny", "*", "dynamodb:*", TABLE]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_either_judged_or_refused(value: Any) -> None:
    with suppress(ValidationError):
        check_policy(json.dumps(value), PURPOSES["soketi-server"], least("soketi-server"))


globs = st.text("ab*?", max_size=6)


@pytest.mark.parametrize(
    ("pattern", "text", "matched"),
    [("a*c", "abbc", True), ("a?c", "abc", True), ("a?c", "ac", False), ("a.c", "abc", False)],
)
def test_patterns_match_as_in_iam(pattern: str, text: str, matched: bool) -> None:
    assert matches(pattern, text) is matched


@given(globs, st.text("ab", max_size=6))
def test_a_pattern_matches_as_a_regular_expression_would(pattern: str, text: str) -> None:
    expression = pattern.replace("*", ".*").replace("?", ".")
    assert matches(pattern, text) is bool(re.fullmatch(expression, text))


def test_a_pattern_of_many_stars_is_judged_at_once() -> None:
    assert not matches("*?" * 200 + "b", "a" * 2000)


def test_a_pattern_covers_a_narrower_one_only() -> None:
    assert covers("a*", "ab*")
    assert not covers("ab*", "a*")
    assert covers("a?", "a?")
    assert not covers("a??", "a*")


@given(globs, globs, st.text("ab", max_size=6))
def test_patterns_that_share_a_text_overlap(one: str, other: str, text: str) -> None:
    if matches(one, text) and matches(other, text):
        assert overlaps(one, other)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("a*", "*b", True),
        ("a*", "b*", False),
        ("", "*", True),
        ("?", "", False),
        ("a?", "a", False),
    ],
)
def test_patterns_that_share_no_text_do_not_overlap(one: str, other: str, shared: bool) -> None:
    assert overlaps(one, other) is shared
    assert overlaps(other, one) is shared


def test_action_names_come_from_the_offline_data() -> None:
    assert "dynamodb:BatchGetItem" in known_actions("dynamodb:batchget*")
    assert known_actions("dynamodb:Fly") == ()
    assert known_actions("nosuchservice:*") == ()
