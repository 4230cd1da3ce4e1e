from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from apps_admin.domain.table import StreamView, TableDesign, TableKind
from apps_admin.generators.schemas import FORMATS
from tests.generators.designs import HOSTILE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

URL = "/generators/schemas/"
HTMX = {"HX-Request": "true"}


def post(client: Client, **data: Any) -> Any:
    given = {"for": "apps", "format": "terraform", "table": "apps", "region": "us-east-1"}
    return client.post(URL, given | data)


def download(client: Client, **data: Any) -> Any:
    return post(client, do="download", **data)


def text_of(page: bytes) -> str:
    """The document as one reads it: the first figure's text without its colors."""
    from html import unescape

    code = page.decode().split("<pre", 1)[1].split("<code>", 1)[1].split("</code>", 1)[0]
    return unescape(re.sub(r"</?span[^>]*>", "", code))


def test_the_list_names_every_format_and_purpose(victor: Client) -> None:
    page = victor.get(reverse("generator-list")).content.decode()
    for format_ in FORMATS.values():
        assert format_.label in page
    assert "purpose=trust-irsa" in page


def test_the_first_look_already_shows_a_document(victor: Client) -> None:
    page = victor.get(URL).content
    assert text_of(page) == FORMATS["terraform"].write(TableDesign())


@pytest.mark.parametrize("name", list(FORMATS))
def test_each_format_is_shown_and_downloaded_under_its_name(victor: Client, name: str) -> None:
    wanted = FORMATS[name].write(TableDesign(name="shop"))
    assert text_of(post(victor, format=name, table="shop").content) == wanted
    answer = download(victor, format=name, table="shop")
    filename = FORMATS[name].filename_for(TableDesign(name="shop"))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{filename}"'
    assert answer.content.decode() == wanted


def test_the_address_reproduces_the_document(victor: Client) -> None:
    tags = {text.replace("=", "?"): text for text in HOSTILE[:50]}
    lines = "\n".join(
        f"{key}={text}".replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
        for key, text in tags.items()
    )
    shown = post(
        victor,
        format="boto3",
        table="shop-apps",
        region="us-east-1, eu-west-1",
        stream="NEW_AND_OLD_IMAGES",
        tag=lines,
        pitr="7",
        deletion_protection="on",
    ).content
    wanted = TableDesign(
        name="shop-apps",
        replicas=("eu-west-1",),
        stream=StreamView.NEW_AND_OLD_IMAGES,
        tags=tags,
        recovery_days=7,
        deletion_protection=True,
    )
    assert text_of(shown) == FORMATS["boto3"].write(wanted)
    link = re.findall(r'href="([^"]+)">Link to this document', shown.decode())[0]
    assert text_of(victor.get(link.replace("&amp;", "&")).content) == text_of(shown)


def test_while_typing_only_the_preview_is_sent_and_the_address_follows(victor: Client) -> None:
    answer = victor.post(
        URL,
        {"for": "apps", "format": "aws-cli", "table": "shop", "region": "us-east-1"},
        headers=HTMX,
    )
    assert b"<html" not in answer.content
    assert b'id="preview"' in answer.content
    assert answer.headers["HX-Replace-Url"].startswith(f"{URL}?for=apps&format=aws-cli&table=shop")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"table": "a!"}, "A table name has 3 to 255 characters"),
        ({"region": "us-east-9"}, "AWS has no region called"),
        ({"read_capacity": "5"}, "disagree"),
        ({"region": "us-east-1 eu-west-1"}, "replicas and stream (none) disagree"),
        ({"tag": "no equals sign"}, "is not a tag"),
        ({"format": "xml"}, "Select a valid choice"),
        ({"encryption": "customer", "kms_key": "arn:aws:s3:::b"}, "needs the ARN of a KMS key"),
    ],
)
def test_impossible_choices_say_why_at_their_field(
    victor: Client, data: dict[str, str], told: str
) -> None:
    page = post(victor, **data).content.decode()
    assert told in page
    assert 'aria-invalid="true"' in page
    assert "These choices make no document yet" in page
    assert "<pre" not in page


def test_what_a_format_leaves_out_is_said(victor: Client) -> None:
    page = post(victor, format="cli-input-json", pitr="7").content.decode()
    assert "--pitr" in page
    assert "it takes a call of its own" in page


def test_expiry_of_apps_is_warned_about(victor: Client) -> None:
    assert b"soketi serves an expired app" in post(victor, ttl="expiresAt").content


def test_lawcket_gets_its_handler(victor: Client) -> None:
    page = post(
        victor, **{"for": "lawcket", "table": "sockets", "ttl": "expiresAt"}
    ).content.decode()
    assert "src/index.js" in page
    assert "expiresAt" in page
    assert "hash_key" in text_of(page.encode())


def test_hostile_text_is_escaped_on_the_page(victor: Client) -> None:
    page = post(victor, tag="a=</code><script>alert(1)</script>").content.decode()
    assert "<script>alert(1)" not in page
    assert "alert(1)" in text_of(page.encode())


def test_it_is_filled_from_the_live_table_of_a_connection(
    victor: Client, apps_table: str, dynamodb_client: DynamoDBClient
) -> None:
    dynamodb_client.update_time_to_live(
        TableName=apps_table,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"},
    )
    answer = victor.get(URL, {"connection": "default", "format": "terraform"}, follow=True)
    design = TableDesign(name=apps_table, expiry_attribute="expiresAt")
    assert text_of(answer.content) == FORMATS["terraform"].write(design)


def test_a_missing_table_fills_in_name_and_region(victor: Client, settings: Any) -> None:
    settings.DYNAMODB_TABLE = "not-there-yet"
    page = victor.get(URL, {"connection": "default"}, follow=True).content.decode()
    assert "not-there-yet" in text_of(page.encode())


def test_a_connection_one_may_not_see_fills_nothing(victor: Client) -> None:
    assert victor.get(URL, {"connection": "production"}).status_code == 404


def test_nobody_without_a_role_gets_in(charlie: Client) -> None:
    for name in ("generator-list", "generator-schema", "generator-policy", "generator-check"):
        assert charlie.get(reverse(name)).status_code == 403


def test_both_kinds_of_table_are_offered(victor: Client) -> None:
    page = victor.get(URL).content.decode()
    for kind in TableKind:
        assert f'value="{kind}"' in page
