"""Our reading of DynamoDB's answers gives what botocore's gives, to the byte."""

from __future__ import annotations

import base64
import json
from typing import Any

import botocore.session
import pytest
from botocore.parsers import JSONParser
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.aws.item_parser import ItemParser, ItemParserFactory

MODEL = botocore.session.Session().get_service_model("dynamodb")
NUMBERS = st.integers().map(str)
BYTES = st.binary(max_size=6).map(lambda raw: base64.b64encode(raw).decode())
SCALARS = st.one_of(
    st.builds(lambda text: {"S": text}, st.text(max_size=6)),
    st.builds(lambda text: {"N": text}, NUMBERS),
    st.builds(lambda text: {"B": text}, BYTES),
    st.builds(lambda yes: {"BOOL": yes}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda parts: {"SS": parts}, st.lists(st.text(max_size=3), max_size=3)),
    st.builds(lambda parts: {"NS": parts}, st.lists(NUMBERS, max_size=3)),
    st.builds(lambda parts: {"BS": parts}, st.lists(BYTES, max_size=3)),
    # Nothing DynamoDB knows today.
    st.just({"FUTURE": "1"}),
    st.just({"S": "x", "__type": "AttributeValue"}),
)
VALUES: Any = st.recursive(
    SCALARS,
    lambda values: st.one_of(
        st.builds(lambda parts: {"L": parts}, st.lists(values, max_size=3)),
        st.builds(
            lambda parts: {"M": parts}, st.dictionaries(st.text(max_size=3), values, max_size=3)
        ),
    ),
    max_leaves=8,
)
ITEMS = st.dictionaries(st.text(max_size=5), VALUES, max_size=5)


def parsed(parser: Any, operation: str, answer: dict[str, Any]) -> Any:
    response = {"status_code": 200, "headers": {}, "body": json.dumps(answer).encode()}
    return parser.parse(response, MODEL.operation_model(operation).output_shape)


@given(items=st.lists(ITEMS, max_size=3), last=ITEMS)
def test_a_page_is_read_as_botocore_reads_it(
    items: list[dict[str, Any]], last: dict[str, Any]
) -> None:
    answer = {
        "Items": items,
        "Count": len(items),
        "LastEvaluatedKey": last,
        "ConsumedCapacity": {"TableName": "apps", "CapacityUnits": 1.5},
    }
    assert parsed(ItemParser(), "Scan", answer) == parsed(JSONParser(), "Scan", answer)


@given(item=ITEMS)
def test_one_item_and_a_batch_are_read_as_botocore_reads_them(item: dict[str, Any]) -> None:
    for operation, answer in (
        ("GetItem", {"Item": item}),
        ("BatchGetItem", {"Responses": {"apps": [item]}, "UnprocessedKeys": {}}),
    ):
        assert parsed(ItemParser(), operation, answer) == parsed(JSONParser(), operation, answer)


@pytest.mark.parametrize("value", [None, {"S": None}, {}, {"S": "a", "N": "1"}])
def test_a_value_of_no_or_two_types_is_read_as_by_botocore(value: dict[str, Any] | None) -> None:
    answer = {"Item": {"Name": value}}
    assert parsed(ItemParser(), "GetItem", answer) == parsed(JSONParser(), "GetItem", answer)


def test_other_protocols_keep_their_parsers() -> None:
    assert type(ItemParserFactory().create_parser("rest-json")).__name__ == "RestJSONParser"
