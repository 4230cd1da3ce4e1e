"""The engines and faults of the AWS layer's tests, and no credentials but those a test gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.aws.conftest import faults, faulty_engine, iam, second_endpoint
from tests.aws.iam_server import IamServer
from tests.aws.tables import make_apps_table

__all__ = ["faults", "faulty_engine", "iam", "second_endpoint"]


@pytest.fixture(autouse=True)
def _no_ambient_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def iam_table(iam: IamServer) -> str:
    """An apps table on the emulator that checks policies."""
    return make_apps_table(iam.dynamodb)
