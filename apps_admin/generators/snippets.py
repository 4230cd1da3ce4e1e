"""What a developer pastes to use an app: one snippet a client or server library, text in, text out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

SECRET_PLACEHOLDER = "your-app-secret"  # noqa: S105 - stands in the snippet where the secret goes
DEFAULT_PORT = 6001


@dataclass(frozen=True, kw_only=True)
class AppAccess:
    """What a client or a server needs to reach one app. `soketi_url` is empty when nobody told the console."""

    id: str
    key: str
    secret: str = SECRET_PLACEHOLDER
    soketi_url: str = ""

    @property
    def host(self) -> str:
        """Soketi's host name."""
        return urlsplit(self.soketi_url).hostname or "127.0.0.1"

    @property
    def is_tls(self) -> bool:
        """Whether clients connect with TLS."""
        return urlsplit(self.soketi_url).scheme in {"https", "wss"}

    @property
    def port(self) -> int:
        """Soketi's port."""
        parts = urlsplit(self.soketi_url)
        return parts.port or (443 if self.is_tls else DEFAULT_PORT)

    @property
    def scheme(self) -> str:
        """Http or https, as server libraries want it."""
        return "https" if self.is_tls else "http"


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """One text to copy. `needs_secret` tells which ones belong on a server."""

    name: str
    title: str
    text: str
    needs_secret: bool = False


def app_snippets(app: AppAccess) -> tuple[Snippet, ...]:
    """Every snippet for an app, the most used first."""
    return (laravel_env(app), pusher_js(app), laravel_echo(app), node_server(app), php_server(app),
            python_server(app))  # fmt: skip


def laravel_env(app: AppAccess) -> Snippet:
    """The lines of a Laravel `.env` for the pusher broadcaster."""
    lines = [
        "BROADCAST_CONNECTION=pusher",
        f"PUSHER_APP_ID={_env(app.id)}",
        f"PUSHER_APP_KEY={_env(app.key)}",
        f"PUSHER_APP_SECRET={_env(app.secret)}",
        f"PUSHER_HOST={app.host}",
        f"PUSHER_PORT={app.port}",
        f"PUSHER_SCHEME={app.scheme}",
        # Any text will do; the libraries want one although the host decides.
        "PUSHER_APP_CLUSTER=mt1",
    ]
    return Snippet(name="laravel", title="Laravel .env", text="\n".join(lines), needs_secret=True)


def pusher_js(app: AppAccess) -> Snippet:
    """A browser client."""
    text = f"""\
import Pusher from "pusher-js";

const pusher = new Pusher({_js(app.key)}, {{
  wsHost: {_js(app.host)},
  wsPort: {app.port},
  wssPort: {app.port},
  forceTLS: {_js(app.is_tls)},
  enabledTransports: ["ws", "wss"],
  cluster: "",
}});

pusher.subscribe("my-channel").bind("my-event", (data) => console.log(data));"""
    return Snippet(name="pusher-js", title="pusher-js", text=text)


def laravel_echo(app: AppAccess) -> Snippet:
    """Laravel's browser client."""
    text = f"""\
import Echo from "laravel-echo";
import Pusher from "pusher-js";

window.Pusher = Pusher;
window.Echo = new Echo({{
  broadcaster: "pusher",
  key: {_js(app.key)},
  wsHost: {_js(app.host)},
  wsPort: {app.port},
  wssPort: {app.port},
  forceTLS: {_js(app.is_tls)},
  enabledTransports: ["ws", "wss"],
  cluster: "",
}});"""
    return Snippet(name="laravel-echo", title="Laravel Echo", text=text)


def node_server(app: AppAccess) -> Snippet:
    """A Node server that publishes."""
    text = f"""\
import Pusher from "pusher";

const pusher = new Pusher({{
  appId: {_js(app.id)},
  key: {_js(app.key)},
  secret: {_js(app.secret)},
  host: {_js(app.host)},
  port: {_js(str(app.port))},
  useTLS: {_js(app.is_tls)},
}});

await pusher.trigger("my-channel", "my-event", {{ hello: "world" }});"""
    return Snippet(name="node", title="Node server", text=text, needs_secret=True)


def php_server(app: AppAccess) -> Snippet:
    """A PHP server that publishes."""
    text = f"""\
$pusher = new Pusher\\Pusher({_php(app.key)}, {_php(app.secret)}, {_php(app.id)}, [
    'host' => {_php(app.host)},
    'port' => {app.port},
    'scheme' => {_php(app.scheme)},
    'useTLS' => {"true" if app.is_tls else "false"},
]);

$pusher->trigger('my-channel', 'my-event', ['hello' => 'world']);"""
    return Snippet(name="php", title="PHP server", text=text, needs_secret=True)


def python_server(app: AppAccess) -> Snippet:
    """A Python server that publishes."""
    text = f"""\
import pusher

client = pusher.Pusher(
    app_id={app.id!r},
    key={app.key!r},
    secret={app.secret!r},
    host={app.host!r},
    port={app.port},
    ssl={app.is_tls},
)

client.trigger("my-channel", "my-event", {{"hello": "world"}})"""
    return Snippet(name="python", title="Python server", text=text, needs_secret=True)


def _js(value: str | bool) -> str:
    """A JavaScript literal that is also safe inside an HTML script."""
    return json.dumps(value).replace("<", "\\u003c")


def _php(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _env(value: str) -> str:
    """A value of a dotenv file: quoted when anything in it would be read otherwise."""
    if value and all(char.isalnum() or char in "_-./:@+" for char in value) and value.isascii():
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return '"' + escaped.replace("\n", "\\n") + '"'
