"""A PostgreSQL server of the tests' own: on a socket in a folder, as another account when the tests run as root."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def find_programs() -> Path | None:
    """Where `initdb` and `pg_ctl` are; None when there is no PostgreSQL."""
    found = shutil.which("initdb")
    installed = [Path(found).parent] if found else []
    installed += [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return installed[-1] if installed else None


@contextmanager
def running_postgresql(programs: Path) -> Iterator[str]:
    """The DATABASE_URL of a fresh server, ended afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="console-pg-"))
    account = _account()
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(
            command,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
        )

    run(str(programs / "initdb"), "-D", str(data), "-U", "console", "-A", "trust", "-N")
    options = (
        f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c max_connections=60"
        # Only its clients are ever killed, never the server or the machine.
        " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    )
    log = str(folder / "log")
    run(str(programs / "pg_ctl"), "-D", str(data), "-l", log, "-o", options, "-w", "start")
    try:
        yield f"postgres://console@/{folder}/postgres"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def copy_database(template_url: str) -> str:
    """The URL of a fresh copy of this database, which nobody may be using."""
    server, template = template_url.rsplit("/", 1)
    copy = f"copy_{secrets.token_hex(4)}"
    socket = server.removeprefix("postgres://console@/")
    with psycopg.connect(host=socket, user="console", dbname="template1", autocommit=True) as sql:
        sql.execute(f"CREATE DATABASE {copy} TEMPLATE {template}")
    return f"{server}/{copy}"


def _account() -> pwd.struct_passwd | None:
    """Who runs the server: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def main(command: list[str]) -> int:
    """Run a command with DATABASE_URL on a fresh server; without PostgreSQL say so, and fail where CI=true."""
    programs = find_programs()
    if programs is None:
        print("Left out: the sql tests on PostgreSQL, which is not installed (see tests/setup).")  # noqa: T201
        return int(os.environ.get("CI") == "true")
    with running_postgresql(programs) as address:
        environment = {**os.environ, "DATABASE_URL": address}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
