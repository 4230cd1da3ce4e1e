from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from apps_admin.generators.policies import PURPOSES
from apps_admin.generators.policies.outputs import OUTPUTS
from tests.generators.policy_cases import ACCOUNT, NEEDED, least
from tests.views.test_schemas import HTMX, text_of

URL = "/generators/policies/"
CHECK = "/generators/policies/check/"
FIELDS = {"key_prefixes": "key_prefix"}


def given(purpose: str, **data: Any) -> dict[str, Any]:
    needed = {
        FIELDS.get(name, name): value if isinstance(value, str) else "\n".join(value)
        for name, value in NEEDED.get(purpose, {}).items()
    }
    place = {"table": "apps", "region": "us-east-1", "account": ACCOUNT}
    return {"purpose": purpose, "format": "json", **place, **needed, **data}


@pytest.mark.parametrize("name", list(PURPOSES))
def test_each_purpose_is_written(victor: Client, name: str) -> None:
    page = victor.post(URL, given(name)).content
    assert json.loads(text_of(page)) == PURPOSES[name].document(least(name))


@pytest.mark.parametrize("name", list(OUTPUTS))
def test_each_output_is_downloaded_under_its_name(victor: Client, name: str) -> None:
    answer = victor.post(URL, given("soketi-server", format=name, do="download"))
    purpose = PURPOSES["soketi-server"]
    filename = OUTPUTS[name].filename_for(purpose)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{filename}"'
    assert answer.content.decode() == OUTPUTS[name].write(purpose, least("soketi-server"))


def test_every_action_stands_there_with_its_reason_and_resource(victor: Client) -> None:
    page = victor.post(URL, given("soketi-server")).content.decode()
    assert "look an app up by its key at every WebSocket" in page
    assert f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/apps/index/AppKeyIndex" in page
    assert "of 6144 characters (managed policy)" in page


def test_what_is_not_proven_says_so(victor: Client) -> None:
    assert b"Not proven here" in victor.post(URL, given("trust-ec2")).content
    assert b"Not proven here" not in victor.post(URL, given("soketi-server")).content


def test_the_address_reproduces_the_policy(victor: Client) -> None:
    data = given("console-operator", feature=["health"], function="a b", format="terraform")
    shown = victor.post(URL, data).content
    link = unescape(re.findall(r'href="([^"]+)">Link to this document', shown.decode())[0])
    assert text_of(victor.get(link).content) == text_of(shown)


def test_an_external_id_is_made_up_and_never_in_the_address(victor: Client) -> None:
    page = victor.get(f"{URL}?purpose=trust-cross-account&trusted_account=999988887777").content
    made_up = json.loads(text_of(page))["Statement"][0]["Condition"]["StringEquals"]
    assert len(made_up["sts:ExternalId"]) >= 22
    shown = victor.post(URL, given("trust-cross-account"), headers=HTMX)
    assert "external" not in shown.headers["HX-Replace-Url"]


def test_an_unknown_purpose_lists_the_valid_ones(victor: Client) -> None:
    page = victor.get(f"{URL}?purpose=everything").content.decode()
    assert "The purposes are soketi-server, console-operator" in unescape(page)


@pytest.mark.parametrize(
    ("purpose", "data", "told"),
    [
        ("soketi-server", {"account": ""}, "This field is required"),
        ("soketi-server", {"account": "123"}, "is not an account id"),
        ("soketi-server", {"region": "us-east-9"}, "No AWS region is called"),
        ("soketi-server", {"region": "us-east-1 cn-north-1"}, "disagree"),
        ("soketi-server", {"partition": "aws-cn"}, "disagree"),
        ("soketi-server", {"function": "arn:aws:s3:::x"}, "is neither the name nor the ARN"),
        ("kms-data-plane", {"kms_key": "arn:aws:s3:::x"}, "is not of the form"),
        ("trust-irsa", {"service_account": "soketi"}, "is not of the form"),
        ("lawcket", {"api": ""}, "This field is required"),
        ("console-viewer", {"feature": "seed"}, "Select a valid choice"),
    ],
)
def test_impossible_inputs_say_why_at_their_field(
    victor: Client, purpose: str, data: dict[str, str], told: str
) -> None:
    page = unescape(victor.post(URL, given(purpose, **data)).content.decode())
    assert told in page
    assert 'aria-invalid="true"' in page


def test_it_is_filled_from_a_connection(victor: Client, apps_table: str) -> None:
    page = victor.get(URL, {"connection": "default"}, follow=True).content.decode()
    assert f'value="{apps_table}"' in page
    assert "This endpoint is not AWS and tells no account" in page


def test_the_first_look_says_what_is_needed_and_blames_nobody(victor: Client) -> None:
    page = victor.get(URL).content.decode()
    assert "Still needed: Accounts." in page
    assert "aria-invalid" not in page


def check(client: Client, policy: str, **data: Any) -> str:
    answer = client.post(CHECK, given("soketi-server", policy=policy, **data))
    return unescape(answer.content.decode())


def test_a_policy_that_is_exact_is_called_so(victor: Client) -> None:
    document = PURPOSES["soketi-server"].document(least("soketi-server"))
    assert "Exactly what it needs" in check(victor, json.dumps(document))


def test_a_policy_that_is_not_is_told_apart(victor: Client) -> None:
    star = '{"Effect": "Allow", "Action": ["dynamodb:*", "s3:Fly"], "Resource": "*"}'
    page = check(victor, star)
    assert "Wildcard: dynamodb:* allows what the purpose does not need" in page
    assert "Unknown: IAM knows no action s3:Fly" in page
    assert "Exactly what it needs" not in page


def test_what_is_no_policy_is_told_and_kept(victor: Client) -> None:
    page = check(victor, "{not a policy}")
    assert "This is not JSON at line 1" in page
    assert "{not a policy}" in page


def test_the_check_answers_htmx_with_its_part(victor: Client) -> None:
    answer = victor.post(CHECK, given("soketi-server", policy="{}"), headers=HTMX)
    assert b"<html" not in answer.content
    assert b'id="result"' in answer.content


def test_a_pasted_script_is_only_text(victor: Client) -> None:
    text = '{"Effect": "Allow", "Action": "<script>alert(1)</script>", "Resource": "*"}'
    answer = victor.post(CHECK, given("soketi-server", policy=text))
    assert b"<script>alert(1)" not in answer.content
