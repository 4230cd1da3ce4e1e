"""`manage.py serve` as a newcomer starts it: what it says, what it serves, and that it leaves nothing behind."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from apps_admin.aws.embedded_engine import find_engine
from apps_admin.aws.engine_package import fetch_engine

READY = re.compile(r"Ready: http://127\.0\.0\.1:(\d+)")


@dataclass(kw_only=True)
class Serving:
    """A running `serve` and what it said so far."""

    process: subprocess.Popen[str]
    var_dir: Path
    said: str = ""
    ready: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        assert self.process.stdout
        with self.process.stdout:
            for line in self.process.stdout:
                self.said += line
                if READY.search(line):
                    self.ready.set()
        self.ready.set()

    @property
    def port(self) -> int:
        found = READY.search(self.said)
        assert found, self.said
        return int(found.group(1))

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")  # fonts are bytes

    def descendants(self) -> set[int]:
        table = {
            int(line.split()[0]): int(line.split()[1])
            for line in subprocess.check_output(["ps", "-eo", "pid=,ppid="], text=True).splitlines()
        }
        found: set[int] = set()
        for _ in range(4):
            found |= {pid for pid, parent in table.items() if parent in {self.process.pid, *found}}
        return {pid for pid in found if Path(f"/proc/{pid}/cmdline").exists()}


@contextlib.contextmanager
def serving(var_dir: Path, **environment: str) -> Iterator[Serving]:
    binary = fetch_engine(settings.EMBEDDED_ENGINE_DIR)
    (var_dir / "engine").mkdir(exist_ok=True)
    with contextlib.suppress(FileExistsError):
        (var_dir / "engine" / binary.name).hardlink_to(binary)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", "0"],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(var_dir),
            "LOCAL_RUN": "true",
            "VAR_DIR": str(var_dir),
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    started = Serving(process=process, var_dir=var_dir)
    reader = threading.Thread(target=started.listen)
    reader.start()
    try:
        assert started.ready.wait(90), started.said
        yield started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        reader.join()


def commands(pids: set[int]) -> list[str]:
    found = [Path(f"/proc/{pid}/cmdline") for pid in pids]
    return [each.read_text().replace("\0", " ") for each in found if each.exists()]


def wait_for(what: Callable[[], bool], within: float = 15) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False


def all_gone(pids: set[int]) -> bool:
    return wait_for(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in pids))


def test_a_newcomer_gets_a_sign_in_page_and_ctrl_c_ends_everything(tmp_path: Path) -> None:
    with serving(tmp_path) as console:
        assert "First administrator: admin" in console.said
        assert re.search(r"One-time password: +\S{20,}", console.said)
        assert "embedded DynamoDB engine at http://127.0.0.1:" in console.said
        assert "table apps in us-east-1" in console.said
        status, page = console.get(reverse("account_login"))
        assert status == 200
        assert "<form" in page
        for path in set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page)):
            assert console.get(path)[0] == 200, path
        for key in (tmp_path / "keys").iterdir():
            assert stat.S_IMODE(key.stat().st_mode) == 0o600
        engine = find_engine(tmp_path / "engine")
        assert engine is not None
        os.kill(engine.pid, signal.SIGKILL)
        assert wait_for(lambda: find_engine(tmp_path / "engine") not in {None, engine})
        restarted = find_engine(tmp_path / "engine")
        assert restarted is not None
        assert restarted.port == engine.port, "whoever holds the endpoint finds it again"
        assert wait_for(lambda: "The embedded DynamoDB engine ended by itself." in console.said)
        children = console.descendants()
        assert len(children) == 4, (
            f"engine, worker, gunicorn and its web process: {commands(children)}"
        )
        console.process.send_signal(signal.SIGINT)
        assert console.process.wait(30) == 0
        assert all_gone(children), commands(children)
        assert find_engine(tmp_path / "engine") is None

    with serving(tmp_path) as again:
        assert "One-time password" not in again.said, "it is shown once"
        assert "sample apps" not in again.said, "the table is kept as it was"
        children = again.descendants()
        again.process.kill()
        assert all_gone(children), "nothing outlives it, not even kill -9"


def serve_until_it_gives_up(
    var_dir: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "serve", *arguments],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "LOCAL_RUN": "true",
            "VAR_DIR": str(var_dir),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_taken_port_is_said_before_anything_is_started(
    tmp_path: Path, dynamodb_endpoint: str
) -> None:
    taken = dynamodb_endpoint.rsplit(":", 1)[1]
    done = serve_until_it_gives_up(tmp_path, "--port", taken)
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{taken}: Address already in use." in done.stderr
    assert "make run PORT=" in done.stderr
    assert not (tmp_path / "console.sqlite3").exists()


def test_given_names_are_used_and_no_engine_is_started(tmp_path: Path) -> None:
    with serving(
        tmp_path,
        SOKETI_APP_MANAGER_DYNAMODB_TABLE="tenants",
        SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT="http://127.0.0.1:9",
        ADMIN_USERNAME="ana",
        ADMIN_PASSWORD="a-password-of-my-own-1",
    ) as console:
        assert "First administrator" not in console.said
        assert "DynamoDB at http://127.0.0.1:9 · table tenants in us-east-1" in console.said
        assert console.get("/readyz") == (200, "ok\n")
        assert find_engine(tmp_path / "engine") is None


def test_a_weak_password_for_the_first_administrator_is_refused(tmp_path: Path) -> None:
    done = serve_until_it_gives_up(tmp_path, "--port", "0", ADMIN_PASSWORD="short")
    assert done.returncode == 1
    assert "password" in done.stderr
    assert "Traceback" not in done.stderr
