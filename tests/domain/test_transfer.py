"""Formats of files: each read, told apart by content, and written so that nothing is lost."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import TextIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.app import App
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.limits import Limit
from apps_admin.domain.transfer import FORMATS, FormatError, ImportedRecord, detect, record
from apps_admin.domain.transfer import items as items_of_files
from apps_admin.domain.transfer.cells import plain_cell, safe_cell
from tests.aws.test_codec import items

ODD = RawItem(
    attributes={
        "AppId": {"S": "=cmd|' /C calc'!A0"},
        "AppKey": {"S": "'quoted\n,key"},
        "AppSecret": {"S": 'a,b;c"d'},
        "Enabled": {"B": b"false"},
        "MaxConnections": {"N": "-1"},
        "MaxEventPayloadInKb": {"S": "12"},
        "Webhooks": {"S": '[{"url": "https://example.com"}]'},
        "Team": {"SS": ["red", "blue"]},
        "Nested": {"M": {"a": {"L": [{"NULL": True}, {"N": "1E+30"}]}}},
        "Logo": {"B": b"\x00\x01\xff"},
    }
)
PLAIN = RawItem(
    attributes={"AppId": {"S": "news"}, "AppKey": {"S": "k"}, "Enabled": {"BOOL": True}}
)


def written(name: str, *given: RawItem) -> str:
    write = FORMATS[name].write
    assert write is not None
    return "".join(write(given))


def read(text: str, name: str = "") -> list[ImportedRecord]:
    found = FORMATS[name] if name else detect(text[:16_000])
    assert found is not None
    return list(found.read(io.StringIO(text, newline="")))


@pytest.mark.parametrize("name", ["jsonl", "csv", "dynamodb-json"])
def test_what_the_console_writes_it_reads_back_whole(name: str) -> None:
    text = written(name, ODD, PLAIN)
    found = detect(text)
    assert found is not None
    assert found.name == name
    assert [record.item for record in read(text)] == [ODD, PLAIN]


@pytest.mark.parametrize("name", ["jsonl", "csv", "dynamodb-json"])
@given(item=items)
def test_any_item_survives(name: str, item: RawItem) -> None:
    (record,) = read(written(name, item), name)
    assert not record.problems
    assert not item.changes_to(record.item)


@given(text=st.text())
def test_any_text_survives_a_cell_that_is_no_formula(text: str) -> None:
    assert plain_cell(safe_cell(text)) == text
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_an_export_to_s3_the_cli_and_bare_items_are_dynamodb_json() -> None:
    item = {"AppId": {"S": "shop"}, "AppKey": {"S": "k"}}
    for document in (
        json.dumps({"Item": item}),
        json.dumps({"Items": [item], "Count": 1}, indent=2),
        json.dumps([item]),
        json.dumps({"apps": [{"PutRequest": {"Item": item}}]}),
    ):
        (record,) = read(document)
        assert record.item.attributes == item, document


def test_the_array_driver_of_soketi() -> None:
    app = {"id": "shop", "key": "k", "secret": "s", "maxConnections": 100, "enabled": False,
           "enableClientMessages": "true", "webhooks": [{"url": "https://example.com"}]}  # fmt: skip
    for document in (
        {"debug": True, "appManager": {"driver": "array", "array": {"apps": [app]}}},
        {"appManager.array.apps": [app]},
    ):
        (record,) = read(json.dumps(document))
        found = App(record.item)
        assert (found.id, found.key, found.secret) == ("shop", "k", "s")
        assert not found.is_enabled
        assert found.allows_client_messages
        assert found.limits[Limit.MAX_CONNECTIONS] == 100
        assert record.item.get("Webhooks") == {"S": '[{"url":"https://example.com"}]'}


def test_soketi_environment() -> None:
    (record,) = read(
        '# soketi\nexport SOKETI_DEFAULT_APP_ID="shop"\nSOKETI_DEFAULT_APP_KEY=k\n'
        "SOKETI_DEFAULT_APP_SECRET=s\nSOKETI_DEFAULT_APP_MAX_CONNS=10\nSOKETI_DEFAULT_APP_TYPO=1\n"
    )
    assert App(record.item).limits[Limit.MAX_CONNECTIONS] == 10
    assert record.problems == ("line 6: soketi has no variable SOKETI_DEFAULT_APP_TYPO",)


def test_comments_behind_values_of_an_environment() -> None:
    (record,) = read(
        "SOKETI_DEFAULT_APP_ID=shop # the shop\nSOKETI_DEFAULT_APP_KEY='k#1' # key\n"
        "SOKETI_DEFAULT_APP_SECRET=s#s\nSOKETI_DEFAULT_APP_ENABLED= # by default\n"
    )
    assert record.problems == ()
    app = App(record.item)
    assert (app.id, app.key, app.secret, app.is_enabled) == ("shop", "k#1", "s#s", True)


def test_rows_of_sql_as_csv_and_as_json() -> None:
    text = (
        "id,key,secret,max_connections,enable_client_messages,enabled,max_read_req_per_sec,webhooks\n"
        "shop,k,s,200,1,0,NULL,[]\n"
    )
    (record,) = read(text)
    assert App(record.item).limits[Limit.MAX_CONNECTIONS] == 200
    assert "Webhooks" not in record.item.attributes
    assert not App(record.item).is_enabled
    row = next(csv.DictReader(io.StringIO(text)))
    row["max_read_req_per_sec"] = None
    for document in (json.dumps([row]), json.dumps(row) + "\n"):
        (other,) = read(document)
        assert other.item == record.item


def test_laravel_reverb_and_websockets() -> None:
    reverb = {"apps": {"provider": "config", "apps": [
        {"key": "k", "secret": "s", "app_id": "shop", "options": {"host": "x"},
         "allowed_origins": ["*"], "ping_interval": 60, "max_connections": 5}]}}  # fmt: skip
    (record,) = read(json.dumps(reverb))
    assert set(record.item.attributes) == {"AppId", "AppKey", "AppSecret", "MaxConnections"}
    websockets = {"apps": [{"id": "shop", "name": "Shop", "key": "k", "secret": "s", "path": None,
                            "capacity": None, "enable_client_messages": True,
                            "enable_statistics": True}]}  # fmt: skip
    (record,) = read(json.dumps(websockets))
    assert record.item.get("Name") == {"S": "Shop"}
    assert App(record.item).allows_client_messages


def test_the_newer_shape_of_sockudo_wins_over_the_older_beside_it() -> None:
    policy = {
        "limits": {"max_connections": 0, "max_event_batch_size": 7, "max_event_name_length": None},
        "features": {"enable_client_messages": True},
        "channels": {"allowed_origins": ["https://shop.example"]},
        "webhooks": [{"url": "https://shop.example/hook", "event_types": ["channel_occupied"]}],
    }
    item = {
        "id": {"S": "shop"},
        "key": {"S": "shop-key"},
        "max_event_batch_size": {"N": "3"},
        "enable_client_messages": {"BOOL": False},
        "policy": {"S": json.dumps(policy)},
    }
    (record,) = FORMATS["sockudo"].read(io.StringIO(json.dumps({"Item": item}) + "\n"))
    app = App(record.item)
    assert not record.problems
    assert app.limits[Limit.MAX_CONNECTIONS] == -1
    assert app.limits[Limit.MAX_EVENT_BATCH_SIZE] == 7
    assert app.allows_client_messages
    assert "shop.example/hook" in app.webhooks_text
    assert "allowed_origins" in str(app.unknown["policy"]), "what soketi does not know is kept"
    broken = {**item, "policy": {"S": "{"}}
    (record,) = FORMATS["sockudo"].read(io.StringIO(json.dumps({"Item": broken}) + "\n"))
    assert record.problems == ("line 1, policy: it is no JSON object",)


def test_an_incremental_export_to_s3() -> None:
    line = {"Metadata": {"WriteTimestampMicros": "1"}, "Keys": {"AppId": {"S": "shop"}}}
    image = {"AppId": {"S": "shop"}, "AppKey": {"S": "k"}}
    text = f"{json.dumps({**line, 'NewImage': image, 'OldImage': image})}\n{json.dumps(line)}\n"
    found = detect(text)
    assert found is FORMATS["dynamodb-json"]
    written, deleted = read(text)
    assert (written.item.get("AppKey"), written.problems) == ({"S": "k"}, ())
    assert deleted.problems == ("line 2: the app was deleted here; an import deletes nothing",)


def test_sockudo_as_one_line_of_the_cli() -> None:
    item = {"id": {"S": "shop"}, "key": {"S": "k"}}
    for document in ({"Items": [item], "Count": 1}, [item], {"Item": item}, item):
        (record,) = read(json.dumps(document))
        assert (record.item.app_id, record.problems) == ("shop", ())


def test_a_configuration_says_what_soketi_reads_from_the_table() -> None:
    webhook = {"url": "https://x.example", "event_types": ["client_event"], "weight": 3}
    stored: dict[str, AttributeValue] = {
        "AppId": {"S": "shop"}, "AppKey": {"S": "k"}, "Enabled": {"B": b"false"},
        "EnableClientMessages": {"B": b"false"}, "MaxConnections": {"N": "5"},
        "max_connections": {"S": "7"}, "MaxEventPayloadInKb": {"N": "2.5"},
        "MaxPresenceMembersPerChannel": {"S": "Infinity"},
        "Webhooks": {"S": json.dumps(json.dumps([webhook]))},
    }  # fmt: skip
    text = written("soketi-config", RawItem(attributes=stored))
    (app,) = json.loads(text, parse_constant=pytest.fail)["appManager"]["array"]["apps"]
    assert app == {
        "id": "shop", "key": "k", "enabled": True, "enableClientMessages": False,
        "maxConnections": 7, "maxEventPayloadInKb": 2.5,
        "webhooks": [webhook],
    }  # fmt: skip
    lists = {**stored, "Webhooks": {"L": [{"M": {"url": {"S": "https://x.example"}}}]}}
    (app,) = json.loads(written("soketi-config", RawItem(attributes=lists)))["appManager"]["array"][
        "apps"
    ]
    assert app["webhooks"] == [{"url": "https://x.example"}]


@pytest.mark.parametrize("limit", Limit)
@pytest.mark.parametrize("name", ["sockudo", "soketi-config"])
def test_every_limit_comes_back_from_other_programs_files(name: str, limit: Limit) -> None:
    (record,) = read(written(name, App(PLAIN).with_limit(limit, 7).item))
    app = App(record.item)
    assert app.limits[limit] == 7
    assert not app.unknown


def test_sockudo_out_and_in() -> None:
    app = App(PLAIN).with_secret("s").with_limit(Limit.MAX_CONNECTIONS, -1)
    text = written("sockudo", app.item)
    shape = json.loads(text)["Item"]
    assert shape["max_connections"] == {"N": "0"}
    assert shape["enabled"] == {"BOOL": True}
    (record,) = read(text)
    found = App(record.item)
    assert (found.id, found.secret) == ("news", "s")
    assert found.limits[Limit.MAX_CONNECTIONS] == -1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '{"soketi_app": {"AppId": {"S": "a"}}}\n{"soketi_app": {"AppId": }\n',
            "line 2, column 26",
        ),
        ('{"soketi_app": {"AppId": {"S": 5}}}\n', "line 1: AppId"),
        ("AppId,AppKey,Enabled,OtherAttributes\na,k,perhaps,\n", "line 2, Enabled"),
        ("AppId,AppKey,OtherAttributes\na,k\n", "line 2: 2 columns"),
        ("id,key,max_connections,enabled\na,k,many,1\n", "line 2, max_connections"),
        ('[{"id": "a", "max_connections": 5, "odd": NaN}]', "record 1, odd"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, problem: str) -> None:
    problems = [each for record in read(text) for each in record.problems]
    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_a_cell_with_line_breaks_does_not_move_the_places_after_it() -> None:
    head = "AppId,AppKey,Enabled,OtherAttributes\n"
    records = read(f'{head}\na,"k\ne\ny",true,\nb,k2,perhaps,\nc,"never closed,true,\n')
    assert [record.place for record in records] == ["line 3", "line 6", "line 7"]
    assert records[1].problems == ("line 6, Enabled: 'perhaps' is neither true nor false",)


def test_a_line_that_stops_in_the_middle_is_told_on_its_own_line() -> None:
    (record,) = read('{"soketi_app": {"AppId": {"S": "a"}, \n', "jsonl")
    assert record.problems[0].startswith("line 1, column 37")


@pytest.mark.parametrize("name", ["csv", "sql-rows", "soketi-environment", "dynamodb-json"])
def test_no_format_holds_a_line_without_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "LONGEST_LINE", 1000)
    monkeypatch.setattr(items_of_files, "LONGEST_LINE", 1000)
    monkeypatch.setattr(record, "LARGEST_DOCUMENT", 5000)
    head = {"csv": "AppId,AppKey,OtherAttributes\n", "sql-rows": "id,key,max_connections\n"}
    taken = Counted(head.get(name, "") + "x" * 100_000)
    with pytest.raises(FormatError, match=r"longer than|more than"):
        list(FORMATS[name].read(cast(TextIO, taken)))
    assert taken.most < 10_000


class Counted:
    """A file that knows the longest piece that was read at once."""

    def __init__(self, text: str) -> None:
        self._file = io.StringIO(text)
        self.seek, self.tell = self._file.seek, self._file.tell
        self.most = 0

    def read(self, size: int = -1) -> str:
        return self._note(self._file.read(size))

    def readline(self, size: int = -1) -> str:
        return self._note(self._file.readline(size))

    def __iter__(self) -> Iterator[str]:
        return iter(self.readline, "")

    def _note(self, piece: str) -> str:
        self.most = max(self.most, len(piece))
        return piece


@pytest.mark.parametrize(
    "value",
    [
        {"N": "1" * 39},
        {"N": "1E+126"},
        {"N": "1e-131"},
        {"N": "1e" + "9" * 30},
        {"S": "\ud800"},
        {"NS": ["1", "1.0"]},
    ],
)
def test_what_dynamodb_does_not_store_is_told_before_it_is_written(value: object) -> None:
    (record,) = read(json.dumps({"soketi_app": {"AppId": {"S": "a"}, "Odd": value}}))
    assert record.problems[0].startswith("line 1: Odd: ")


@pytest.mark.parametrize(
    "number", ["1" * 38, "0." + "0" * 100 + "12", "1E+125", "9" * 38 + "e80", "1" + "0" * 60]
)
def test_every_number_that_dynamodb_stores_is_taken(number: str) -> None:
    (record,) = read(json.dumps({"soketi_app": {"AppId": {"S": "a"}, "Odd": {"N": number}}}))
    assert not record.problems


def test_a_field_of_ten_megabytes_is_read_and_stops_no_other() -> None:
    text = f"AppId,AppKey,OtherAttributes\nbig,{'x' * 10_000_000},\nsmall,k,\n"
    assert [record.item.app_id for record in read(text)] == ["big", "small"]


def test_a_broken_document_names_line_and_column() -> None:
    with pytest.raises(FormatError, match="line 2, column"):
        read('{"appManager": {\n broken}', "soketi-config")


def test_nothing_else_is_taken_for_a_file_of_apps() -> None:
    for text in ("", "hello", "a,b\n1,2\n", "{}", "[]", "<html>", "\x00\x01"):
        assert detect(text) is None, text
