"""`make run`: prepare everything, then serve the console until Ctrl-C."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps_admin.aws.embedded_engine import end_with_parent
from apps_admin.domain.connection import DEFAULT_REGION, DEFAULT_TABLE
from apps_admin.domain.errors import ConsoleError
from apps_admin.management.processes import ChildProcess, SharedEngine, Watched
from apps_admin.services.accounts import create_first_administrator

SAMPLE_APPS = 12
READY_TIMEOUT = 60.0
LOOK_EVERY = 0.2


class Command(BaseCommand):
    """Serves the console: web server, worker and, where no table is named, the embedded DynamoDB engine."""

    help = "Prepare everything and serve the console until Ctrl-C (what `make run` does)."
    # Others load every page, which takes as long as all else here; the web server does that anyway.
    requires_system_checks: ClassVar[list[str]] = [  # type: ignore[misc]
        Tags.models,
        Tags.security,
    ]

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen; the rest is settings."""
        parser.add_argument("--host", default=settings.HOST, help="address to listen on")
        parser.add_argument(
            "--port", type=int, default=settings.PORT, help="port to listen on; 0 for any free one"
        )
        parser.add_argument(
            "--end-with-parent",
            action="store_true",
            help="end when the program that started this one is gone",
        )

    def handle(self, *_args: Any, host: str, port: int, **options: Any) -> None:
        """Prepare, serve, and end everything that was started."""
        self._stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup it outlives its terminal.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._stop)
        if options["end_with_parent"]:
            end_with_parent()
        with contextlib.ExitStack() as stack:
            listener = stack.enter_context(listen(host, port))
            try:
                self._prepare()
                self._serve(listener, stack)
            except ConsoleError as exc:
                raise CommandError(f"{exc.message}\n{exc.hint}".strip()) from exc

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if self._stopping and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._stopping = True

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _prepare(self) -> None:
        os.umask(0o077)
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0, interactive=False)
        collect_static()
        username, one_time = create_first_administrator(
            settings.ADMIN_USERNAME, settings.ADMIN_PASSWORD or None
        )
        if one_time:
            self._say(
                f"\nFirst administrator: {username}\nOne-time password:   {one_time}\n"
                "It is shown only now, and signing in with it asks for one of your own.\n"
            )

    def _serve(self, listener: socket.socket, stack: contextlib.ExitStack) -> None:
        watched: list[Watched] = []
        place = f"DynamoDB at {settings.DYNAMODB_ENDPOINT or 'AWS'}"
        if settings.EMBEDDED_ENGINE:
            engine = Watched("embedded DynamoDB engine", self._start_engine)
            stack.callback(engine.stop)
            watched.append(engine)
            place = f"embedded DynamoDB engine at {getattr(engine.child, 'endpoint', '')}"
            self._fill_first_table()
        for name, start in {
            "worker": lambda: ChildProcess([*manage_py(), "work", "--skip-checks"]),
            "web server": lambda: start_web(listener),
        }.items():
            child = Watched(name, start)
            stack.callback(child.stop)
            watched.append(child)
        if not self._wait_until_ready(listener, watched[-1]):
            return
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        self._say(
            f"Ready: http://{shown}:{port} · {place} · "
            f"table {settings.DYNAMODB_TABLE or DEFAULT_TABLE}"
            f" in {settings.DYNAMODB_REGION or DEFAULT_REGION} · Ctrl-C ends it"
        )
        while not self._stopping:
            for child in watched:
                child.look(self._say)
            time.sleep(LOOK_EVERY)
        self._say("Ending.")

    def _start_engine(self) -> SharedEngine:
        return SharedEngine(settings.EMBEDDED_ENGINE_DIR, self._say)

    def _fill_first_table(self) -> None:
        """The embedded engine's first start: a table as soketi needs it, with apps that show the range."""
        filled = settings.EMBEDDED_ENGINE_DIR / "filled"
        if not filled.exists():
            call_command(
                "bootstrap_table",
                sample_apps=SAMPLE_APPS,
                stdout=io.StringIO(),
                stderr=io.StringIO(),
            )
            filled.touch()
            self._say(
                f"The table {DEFAULT_TABLE} is new, with {SAMPLE_APPS} sample apps that show the range."
            )

    def _wait_until_ready(self, listener: socket.socket, web: Watched) -> bool:
        deadline = time.monotonic() + READY_TIMEOUT
        while not self._stopping:
            if answers(listener):
                return True
            if not web.child.is_running or time.monotonic() > deadline:
                raise CommandError("The web server does not start. Its own words are above.")
            time.sleep(0.05)
        return False


@contextlib.contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """The socket the web server will listen on. Bound here, so that a taken port is known before all else."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as exc:
            raise CommandError(
                f"Cannot listen on {host}:{port}: {exc.strerror}.\n"
                f"Choose another port: make run PORT={port + 1}"
            ) from exc
        yield listener


def start_web(listener: socket.socket) -> ChildProcess:
    """Start gunicorn on the socket that is already bound."""
    command = [sys.executable, "-m", "gunicorn", "-c", settings.GUNICORN_CONFIG]
    return ChildProcess(
        [*command, "--bind", f"fd://{listener.fileno()}"], pass_fds=(listener.fileno(),)
    )


def manage_py() -> list[str]:
    """The command line of this project's commands."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py")]


def answers(listener: socket.socket) -> bool:
    """Whether a web server answers there, whatever it says."""
    host, port = listener.getsockname()[:2]
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(target, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def collect_static() -> None:
    """Collect, hash and compress the static files, only when one of them changed."""
    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(None):
            # Finders list with the storage that holds the file on disk.
            stat = os.stat(storage.path(path))  # noqa: PTH116
            found.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    stamp = settings.VAR_DIR / "static.stamp"
    if stamp.exists() and stamp.read_text() == found.hexdigest() and settings.STATIC_ROOT.is_dir():
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(found.hexdigest())
