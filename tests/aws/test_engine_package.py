"""Fetching the engine: only the very bytes that were tested, or a way to do without."""

from __future__ import annotations

import hashlib
import io
import tarfile
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from apps_admin.aws.engine_package import (
    EnginePackage,
    EngineUnavailableError,
    extract_binary,
    fetch_engine,
    package_for,
)


def tarball_of(content: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        member = tarfile.TarInfo("package/dynoxide")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def package_of(tarball: bytes, content: bytes) -> EnginePackage:
    return EnginePackage(
        name="@dynoxide/linux-x64",
        version="1.2.1",
        integrity=b64encode(hashlib.sha512(tarball).digest()).decode(),
        binary="package/dynoxide",
        binary_sha256=hashlib.sha256(content).hexdigest(),
    )


def test_it_takes_the_binary_out_of_the_package_with_the_known_hashes() -> None:
    tarball = tarball_of(b"engine")
    assert extract_binary(tarball, package_of(tarball, b"engine")) == b"engine"


def test_it_refuses_a_package_with_another_hash() -> None:
    tarball = tarball_of(b"engine")
    with pytest.raises(EngineUnavailableError, match="its hash differs"):
        extract_binary(tarball + b" ", package_of(tarball, b"engine"))


def test_it_refuses_a_binary_with_another_hash() -> None:
    tarball = tarball_of(b"engine")
    package = replace(package_of(tarball, b"engine"), binary_sha256="0" * 64)
    with pytest.raises(EngineUnavailableError, match="its hash differs"):
        extract_binary(tarball, package)


def test_another_platform_is_told_how_to_use_another_endpoint() -> None:
    with pytest.raises(EngineUnavailableError, match="no build for Darwin on arm64") as caught:
        package_for("Darwin", "arm64")
    assert "SOKETI_APP_MANAGER_DYNAMODB_TABLE" in caught.value.hint
    assert "SOKETI_APP_MANAGER_DYNAMODB_REGION" in caught.value.hint
    assert "SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT" in caught.value.hint


# Like the real one, it says nothing at all with --silent.
NPM_WITHOUT_REGISTRY = """#!/bin/sh
case "$*" in *--silent*) exit 1 ;; esac
echo 'npm error code ECONNREFUSED' >&2
echo 'npm error errno ECONNREFUSED' >&2
echo 'npm error FetchError: request to http://127.0.0.1:9/ failed, reason: connect ECONNREFUSED' >&2
echo 'npm error     at ClientRequest.emit (node:events:524:28)' >&2
exit 1
"""


def test_a_registry_that_refuses_is_quoted_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(NPM_WITHOUT_REGISTRY)
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    with pytest.raises(
        EngineUnavailableError, match=r"npm says: .* connect ECONNREFUSED"
    ) as caught:
        fetch_engine(tmp_path / "engine")
    assert "SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT" in caught.value.hint
    assert list((tmp_path / "engine").iterdir()) == []
