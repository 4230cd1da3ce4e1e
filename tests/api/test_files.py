"""Files through the API: apps imported and exported, the audit log exported, the doctor's report."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from apps_admin.domain.actions import Action, Role
from apps_admin.jobs.worker import Worker
from apps_admin.models import AuditEntry, Job, VaultEntry
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.api_tokens import Narrowing
from tests.api.client import APPS, Program
from tests.api.conftest import MakeProgram

DEFAULT = "/api/v1/connections/default"
IMPORTS = f"{DEFAULT}/imports"
EXPORT = f"{DEFAULT}/apps:export"
AUDIT_EXPORTS = f"{DEFAULT}/audit-exports"
FILE = "application/octet-stream"
TWO_APPS = b"""AppId,AppKey,AppSecret,OtherAttributes
shop,shop-key,a-long-enough-secret-1,
blog,blog-key,a-long-enough-secret-2,
"""


def run_worker() -> None:
    while Worker(threads=1).run_next():
        pass


def upload(program: Program, content: bytes, query: str = "", **headers: str) -> Any:
    return program.post(f"{IMPORTS}{query}", content, Content_Type=FILE, **headers)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content).decode()


def exported(program: Program, **asked: Any) -> str:
    return text_of(program.post(EXPORT, {"format": "jsonl", **asked}))


def test_a_file_is_previewed_then_imported_and_its_apps_are_told(program: Program) -> None:
    program.create("shop", key="shop-key", secret="a-long-enough-secret-1")
    answer = upload(program, TWO_APPS, "?name=two.csv&on_existing=skip", Idempotency_Key="import-1")
    job = answer.json()
    assert (answer.status_code, job["title"], job["is_preview"]) == (202, "Import two.csv", True)

    run_worker()
    previewed = program.get(answer["Location"]).json()
    assert previewed["state"] == "succeeded"
    assert program.get(f"{APPS}/blog").status_code == 404
    program.post(f"{answer['Location']}:start", {"reason": "move"})
    run_worker()

    results = program.get(f"{answer['Location']}/results").json()["apps"]
    assert [(each["id"], each["outcome"]) for each in results] == [
        ("shop", "unchanged"),
        ("blog", "changed"),
    ]
    assert program.get(f"{APPS}/blog").json()["key"] == "blog-key"
    assert AuditEntry.objects.filter(action="app.import", reason="move").exists()


def test_a_file_sent_again_with_its_key_is_one_import_and_is_kept_once(program: Program) -> None:
    kept = VaultEntry.objects.filter(purpose=VaultPurpose.UPLOAD.value)
    first = upload(program, TWO_APPS, Idempotency_Key="import-1")
    again = upload(program, TWO_APPS, Idempotency_Key="import-1")
    other = upload(program, TWO_APPS + b"x,y,z\n", Idempotency_Key="import-1")

    assert again.json() == first.json()
    assert (again["Idempotency-Replayed"], other.status_code) == ("true", 422)
    assert (Job.objects.count(), kept.count()) == (1, 1)


@pytest.mark.parametrize(
    ("content", "query", "field"),
    [
        (b"", "", "file"),
        (b"nothing the console knows", "", "format"),
        (TWO_APPS, "?format=excel", "format"),
        (TWO_APPS, "?on_existing=overwrite", "on_existing"),
        (b"\xff\xfa\x00", "", "file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(
    program: Program, content: bytes, query: str, field: str
) -> None:
    answer = upload(program, content, query)

    assert (answer.status_code, [*answer.json()["errors"]]) == (422, [field])
    assert not VaultEntry.objects.filter(purpose=VaultPurpose.UPLOAD.value).exists()


def test_a_file_is_sent_as_a_file(program: Program) -> None:
    assert program.post(IMPORTS, TWO_APPS).status_code == 415


def test_who_only_looks_imports_nothing(viewer: Program) -> None:
    assert upload(viewer, TWO_APPS).status_code == 403
    assert not VaultEntry.objects.exists()


def test_apps_are_exported_without_secrets_and_it_is_audited(
    program: Program, viewer: Program
) -> None:
    secret = program.create("shop")["secret"]
    program.create("blog", enabled=False)

    everything = exported(program, reason="backup")
    some = exported(viewer, query={"state": "disabled"})

    assert len(everything.splitlines()) == 2
    assert secret not in everything
    assert ("blog" in some, "shop" in some) == (True, False)
    assert AuditEntry.objects.filter(action="app.export", reason="backup").count() == 2


def test_secrets_are_exported_only_to_a_token_that_names_it(make_program: MakeProgram) -> None:
    everything = make_program("alice", Role.ADMINISTRATOR)
    scopes = frozenset({Action.APP_VIEW, Action.APP_EXPORT_SECRETS})
    named = make_program("bob", Role.ADMINISTRATOR, narrowing=Narrowing(actions=scopes))
    by_an_owner_without = make_program(
        "carol", Role.OPERATOR, reveals_secrets=False, narrowing=Narrowing(actions=scopes)
    )
    secret = everything.create("shop")["secret"]
    asked = {"format": "jsonl", "with_secrets": True}

    assert everything.post(EXPORT, asked).status_code == 403
    assert by_an_owner_without.post(EXPORT, asked).status_code == 403
    assert secret in text_of(named.post(EXPORT, asked))
    assert AuditEntry.objects.filter(action="app.export_secrets", outcome="succeeded").exists()


@pytest.mark.parametrize(
    "asked", [{"format": "excel"}, {}, {"format": "jsonl", "query": {"stat": "enabled"}}]
)
def test_an_export_that_is_not_clear_is_refused(program: Program, asked: dict[str, Any]) -> None:
    assert program.post(EXPORT, asked).status_code == 422


def test_every_format_is_told(viewer: Program) -> None:
    formats = viewer.get("/api/v1/transfer-formats").json()["formats"]

    for each in formats:
        if each["is_written"]:
            answer = viewer.post(EXPORT, {"format": each["name"]}, Accept=each["media_type"])
            assert answer["Content-Type"].startswith(each["media_type"])
            assert f".{each['extension']}" in answer["Content-Disposition"]
            text_of(answer)


def test_the_audit_log_is_exported_by_the_worker_and_fetched(
    make_program: MakeProgram,
) -> None:
    ada = make_program("ada", Role.ADMINISTRATOR)
    ada.create("shop")
    ada.post(f"{APPS}/shop:disable", If_Match="*")

    begun = ada.post(AUDIT_EXPORTS, {"filter": {"action": "app.disable"}}, X_Reason="review")
    early = ada.get(f"{begun['Location']}/file")
    run_worker()
    done = ada.get(begun["Location"]).json()
    file = ada.get(done["file"])

    lines = gzip.decompress(b"".join(file.streaming_content)).decode().splitlines()
    assert (begun.status_code, early.status_code) == (202, 404)
    assert (done["state"], done["entries"], done["reason"]) == ("succeeded", 2, "review")
    assert {json.loads(line)["action"] for line in lines} == {"app.disable"}
    assert ada.get(AUDIT_EXPORTS).json()["exports"] == [done]
    other = make_program("eve", Role.ADMINISTRATOR)
    assert other.get(begun["Location"]).status_code == 404
    assert other.get(done["file"]).status_code == 404


def test_everything_is_exported_for_who_administrates_everything(
    make_program: MakeProgram,
) -> None:
    ada = make_program("ada", Role.ADMINISTRATOR)
    ada.post(f"{APPS}/shop:disable", If_Match="*")

    begun = ada.post("/api/v1/audit-exports", {"format": "csv"})
    run_worker()
    done = ada.get(begun["Location"]).json()
    file = ada.get(done["file"])

    text = gzip.decompress(b"".join(file.streaming_content)).decode()
    assert "app.disable" in text
    assert "token.create" in text
    assert file["Content-Disposition"].startswith('attachment; filename="audit-everything-')
    assert ada.get("/api/v1/audit-exports").json()["exports"] == [done]
    eve = make_program("eve", Role.ADMINISTRATOR, connection="default")
    assert eve.get(done["file"]).status_code == 403
    assert eve.get("/api/v1/audit-exports").status_code == 403
    assert eve.post("/api/v1/audit-exports", {}).status_code == 403


def test_an_operator_exports_no_audit_log_unless_the_role_may(viewer: Program) -> None:
    assert viewer.post(AUDIT_EXPORTS, {}).status_code == 403


@pytest.mark.parametrize("report_format", ["csv", "json", "sarif"])
def test_the_doctors_report_tells_every_finding(program: Program, report_format: str) -> None:
    program.create("shop", limits={"max_connections": 0})

    report = text_of(program.get(f"{DEFAULT}/findings/reports/{report_format}"))
    others = text_of(program.get(f"{DEFAULT}/findings/reports/{report_format}?code=key-missing"))

    assert "max-connections-zero" in report
    assert "shop" not in others
    if report_format == "sarif":
        assert json.loads(report)["runs"][0]["results"][0]["ruleId"] == "max-connections-zero"


@pytest.mark.parametrize("path", ["findings/reports/word", "findings/reports/json?code=no-such"])
def test_a_report_there_is_not_is_refused(program: Program, path: str) -> None:
    assert program.get(f"{DEFAULT}/{path}").status_code == 422


def test_a_head_of_a_file_does_not_begin_it(program: Program) -> None:
    answer = program.send("HEAD", f"{DEFAULT}/findings/reports/json")

    assert text_of(answer) == ""
    assert "doctor-default" in answer["Content-Disposition"]
