"""soketi's environment, right for its version; read back by the tools that read such files."""

from __future__ import annotations

import io
from typing import Any

import environ
import pytest
import yaml

from apps_admin.domain.connection import Connection, ConnectionSource, CredentialMode, Credentials
from apps_admin.generators.environment import (
    EnvironmentFormat,
    SoketiEnvironment,
    soketi_environment,
)


def environment_of(**changes: Any) -> SoketiEnvironment:
    given: dict[str, Any] = {"slug": "production", "region": "eu-west-1", **changes}
    return soketi_environment(Connection(**given))


def text_of(environment: SoketiEnvironment, format_: EnvironmentFormat) -> str:
    return next(file.text for file in environment.files if file.format is format_)


def test_the_newest_soketi() -> None:
    assert environment_of().variables == {
        "SOKETI_APP_MANAGER_DRIVER": "dynamodb",
        "SOKETI_APP_MANAGER_DYNAMODB_TABLE": "apps",
        "SOKETI_APP_MANAGER_DYNAMODB_REGION": "eu-west-1",
    }


@pytest.mark.parametrize(("version", "prefix"), [("0.12.1", "PWS_"), ("0.13", "SOKETI_")])
def test_before_0_13_the_variables_begin_with_pws(version: str, prefix: str) -> None:
    environment = environment_of(soketi_version=version)
    assert all(name.startswith(prefix) for name in environment.variables)
    assert any("PWS_" in note for note in environment.notes) == (prefix == "PWS_")


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("eu-west-1", "https://dynamodb.eu-west-1.amazonaws.com"),
        ("cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_before_0_26_2_the_endpoint_is_spelled_out(region: str, endpoint: str) -> None:
    old = environment_of(soketi_version="0.26.1", region=region)
    assert old.variables["SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT"] == endpoint
    new = environment_of(soketi_version="0.26.2", region=region)
    assert "SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT" not in new.variables


def test_an_own_endpoint_is_always_there() -> None:
    environment = environment_of(endpoint="http://127.0.0.1:8000")
    assert environment.variables["SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT"] == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"table": "12345"}, "all digits"),
        ({"endpoint": "http://127.0.0.1:8000"}, "Inside a container"),
        ({"soketi_version": "0.2"}, "does not read Enabled"),
        ({"soketi_version": "0.28"}, "seven limits"),
        ({"soketi_version": "1.0"}, "EnableUserAuthentication"),
        ({"soketi_version": "0.32"}, "TTL is -1"),
        ({"source": ConnectionSource.EMBEDDED}, "this machine only"),
    ],
)
def test_what_an_operator_must_know_is_said(changes: dict[str, Any], says: str) -> None:
    assert any(says in note for note in environment_of(**changes).notes)
    assert not any(says in note for note in environment_of(soketi_version="1.6.1").notes) or (
        says == "TTL is -1"
    )


AWKWARD = {"endpoint": 'http://x.example/$HOME/"q"', "label": "line\nbreak # x"}


@pytest.mark.parametrize("changes", [{}, AWKWARD, {"soketi_version": "0.12"}])
def test_the_files_are_read_back_as_what_they_say(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = environment_of(**changes)
    compose = yaml.safe_load(text_of(environment, EnvironmentFormat.DOCKER_COMPOSE))
    service = compose["services"]["soketi"]
    read = {
        name: value.replace("$$", "$")
        for name, value in service["environment"].items()
        if not name.startswith("AWS_")
    }
    assert read == environment.variables
    assert service["image"].startswith(("quay.io/soketi/soketi:1.6", "node:16"))
    manifest = yaml.safe_load(text_of(environment, EnvironmentFormat.KUBERNETES))
    container = manifest["spec"]["template"]["spec"]["containers"][0]
    assert {v["name"]: v["value"] for v in container["env"]} == environment.variables


def test_the_dotenv_file_is_read_back_as_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = environment_of(endpoint="http://x.example:8000/a", label="Production # 1")
    read: dict[str, str] = {}
    monkeypatch.setattr(environ.Env, "ENVIRON", read)
    environ.Env.read_env(io.StringIO(text_of(environment, EnvironmentFormat.DOTENV)))
    assert read == environment.variables


@pytest.mark.parametrize(
    ("url", "host", "port", "scheme"),
    [
        ("", "127.0.0.1", "6001", "http"),
        ("wss://ws.example.com", "ws.example.com", "443", "https"),
        ("http://ws.example.com:6001", "ws.example.com", "6001", "http"),
    ],
)
def test_laravel_is_pointed_at_the_soketi_server(
    url: str, host: str, port: str, scheme: str
) -> None:
    text = text_of(environment_of(soketi_url=url), EnvironmentFormat.LARAVEL)
    for line in (f"PUSHER_HOST={host}", f"PUSHER_PORT={port}", f"PUSHER_SCHEME={scheme}"):
        assert line in text.splitlines()


def test_no_secret_of_the_connection_is_ever_written_out() -> None:
    keys = Credentials(
        mode=CredentialMode.STATIC, access_key_id="AKIAX", secret_access_key="s3cret"
    )
    environment = environment_of(credentials=keys)
    assert "s3cret" not in "".join(file.text for file in environment.files)
