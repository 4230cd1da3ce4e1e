from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

from django.test import Client

from tests.views.test_schemas import HTMX, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

URL = "/connections/default/table/"
AS_IT_IS = {"format": "aws-cli"}


def page(client: Client, **data: Any) -> str:
    answer = client.post(URL, AS_IT_IS | data) if data else client.get(URL)
    return unescape(answer.content.decode())


def test_a_table_as_soketi_needs_it_is_called_so(victor: Client, apps_table: str) -> None:
    text = page(victor)
    assert f"Table {apps_table}" in text
    assert "As soketi needs it" in text
    assert "No difference" in text


def test_what_the_endpoint_does_not_answer_is_said(victor: Client) -> None:
    assert "Not answered here" in page(victor)
    assert "recovery" in page(victor)


def test_a_missing_index_is_told_with_what_it_breaks(
    victor: Client, apps_table: str, dynamodb_client: DynamoDBClient
) -> None:
    dynamodb_client.update_table(
        TableName=apps_table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "AppKeyIndex"}}]
    )
    text = page(victor)
    assert "Not what soketi needs" in text
    assert "refuses every WebSocket with 4001" in text


def test_a_chosen_option_makes_a_plan_with_its_steps(victor: Client) -> None:
    text = page(victor, billing_mode="PROVISIONED", read_capacity="5", write_capacity="6")
    assert "3 differences" in text
    assert "aws dynamodb update-table" in text_of(text.encode())
    assert '"ReadCapacityUnits": 5' in text_of(text.encode())


def test_terraform_takes_the_table_over(victor: Client, apps_table: str) -> None:
    text = page(victor, format="terraform", deletion_protection="on")
    assert "import {" in text.replace('<span class="token-keyword">', "").replace("</span>", "")
    assert "deletion_protection_enabled" in text


def test_the_plan_comes_alone_while_one_chooses(victor: Client) -> None:
    answer = victor.post(URL, AS_IT_IS | {"ttl": "expiresAt"}, headers=HTMX)
    assert b"<html" not in answer.content
    assert b"expiresAt" in answer.content


def test_an_impossible_choice_says_why(victor: Client) -> None:
    assert "disagree" in page(victor, read_capacity="5")


def test_a_missing_table_tells_how_to_create_it(victor: Client, settings: Any) -> None:
    settings.DYNAMODB_TABLE = "not-there-yet"
    text = page(victor)
    assert "There is no table not-there-yet" in text
    assert "manage.py bootstrap_table" in text


def test_comparing_changes_nothing(
    victor: Client, apps_table: str, dynamodb_client: DynamoDBClient
) -> None:
    before = dynamodb_client.describe_table(TableName=apps_table)["Table"]
    page(victor, billing_mode="PROVISIONED", read_capacity="5", write_capacity="6")
    assert dynamodb_client.describe_table(TableName=apps_table)["Table"] == before
