"""soketi's environment for a connection: the settings that make a soketi of its version read this very table.

Secrets are never written out: soketi gets credentials of its own, with the policy `soketi-server`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from apps_admin.domain.connection import LATEST_SOKETI, Connection, ConnectionSource
from apps_admin.domain.connection_rules import parse_version
from apps_admin.domain.regions import partition_of

PREFIX_CHANGED = (0, 13, 0)
ENABLED_READ = (0, 3, 0)
ENDPOINT_OPTIONAL = (0, 26, 2)
LIMITS_READ = (0, 29, 0)
CACHE_ADDED = (0, 32, 0)
USER_AUTHENTICATION_READ = (1, 1, 0)
PLAIN = re.compile(r"[A-Za-z0-9_./:@-]*", re.ASCII)


class EnvironmentFormat(StrEnum):
    """Where the environment is pasted."""

    DOTENV = "dotenv"
    DOCKER_COMPOSE = "docker-compose"
    KUBERNETES = "kubernetes"
    LARAVEL = "laravel"


@dataclass(frozen=True, kw_only=True)
class EnvironmentFile:
    """One file to copy or download."""

    format: EnvironmentFormat
    label: str
    filename: str
    text: str


@dataclass(frozen=True, kw_only=True)
class SoketiEnvironment:
    """The variables in their order, what to know about them, and the files they are written into."""

    variables: Mapping[str, str]
    notes: tuple[str, ...]
    files: tuple[EnvironmentFile, ...]


def soketi_environment(connection: Connection) -> SoketiEnvironment:
    """The environment of a soketi of the connection's version."""
    version = version_of(connection)
    variables = _variables(connection, version)
    return SoketiEnvironment(
        variables=variables,
        notes=_notes(connection, version),
        files=tuple(
            EnvironmentFile(
                format=format_,
                label=label,
                filename=filename,
                text=render(connection, version, variables),
            )
            for format_, (label, filename, render) in FORMATS.items()
        ),
    )


def version_of(connection: Connection) -> tuple[int, int, int]:
    """The connection's soketi version as numbers."""
    return parse_version(connection.soketi_version) or parse_version(LATEST_SOKETI) or (1, 6, 1)


def _variables(connection: Connection, version: tuple[int, int, int]) -> dict[str, str]:
    prefix = "SOKETI_" if version >= PREFIX_CHANGED else "PWS_"
    manager = f"{prefix}APP_MANAGER"
    variables = {
        f"{manager}_DRIVER": "dynamodb",
        f"{manager}_DYNAMODB_TABLE": connection.table,
        f"{manager}_DYNAMODB_REGION": connection.region,
    }
    endpoint = connection.endpoint
    if not endpoint and version < ENDPOINT_OPTIONAL:
        endpoint = _aws_endpoint(connection.region)
    if endpoint:
        variables[f"{manager}_DYNAMODB_ENDPOINT"] = endpoint
    return variables


def _aws_endpoint(region: str) -> str:
    partition = partition_of(region)
    return f"https://dynamodb.{region}.{partition.dns_suffix if partition else 'amazonaws.com'}"


def _notes(connection: Connection, version: tuple[int, int, int]) -> tuple[str, ...]:
    said = {
        "Give soketi AWS credentials of its own (a role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) with the "
        "policy soketi-server. It needs nothing else.": connection.source
        is not ConnectionSource.EMBEDDED,
        "The embedded engine listens on this machine only, and takes any AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY; soketi needs some.": connection.source is ConnectionSource.EMBEDDED,
        "Inside a container 127.0.0.1 is the container itself: give it the endpoint's address as the container sees "
        "it (host.docker.internal, or a service's name).": _is_loopback(connection.endpoint),
        "The table's name is all digits. soketi reads its variables as JSON, so the name becomes a number and "
        "every look-up fails: choose another name.": connection.table.isdigit(),
        "Before 0.26.2 soketi needs the endpoint spelled out, so it is.": version
        < ENDPOINT_OPTIONAL
        and not connection.endpoint,
        "Before 0.13 soketi was called pws, and its variables begin with PWS_.": version
        < PREFIX_CHANGED,
        "Before 0.3 soketi does not read Enabled: a disabled app keeps connecting.": version
        < ENABLED_READ,
        "Before 0.29 soketi does not read the seven limits on channels, events and presence.": version
        < LIMITS_READ,
        "Before 1.1 soketi does not read EnableUserAuthentication.": version
        < USER_AUTHENTICATION_READ,
        "soketi's app cache is off unless SOKETI_APP_MANAGER_CACHE_ENABLED is true. Its TTL is -1 by default: what "
        "is cached stays until soketi restarts, and a disabled app stays enabled. If you turn it on, set "
        "SOKETI_APP_MANAGER_CACHE_TTL to the seconds a change may take.": version >= CACHE_ADDED,
    }
    return tuple(note for note, applies in said.items() if applies)


def _is_loopback(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _dotenv(
    connection: Connection, version: tuple[int, int, int], variables: Mapping[str, str]
) -> str:
    lines = [f"# soketi {'.'.join(map(str, version))}, apps in {_one_line(connection.name)}"]
    lines += [f"{name}={_dotenv_value(value)}" for name, value in variables.items()]
    if version >= CACHE_ADDED:
        lines += [
            "# The app cache is off. With a TTL of -1 (the default) cached apps never change until a restart.",
            "# SOKETI_APP_MANAGER_CACHE_ENABLED=true",
            "# SOKETI_APP_MANAGER_CACHE_TTL=60",
        ]
    return "\n".join([*lines, "# AWS_ACCESS_KEY_ID=", "# AWS_SECRET_ACCESS_KEY=", ""])


def _compose(
    _connection: Connection, version: tuple[int, int, int], variables: Mapping[str, str]
) -> str:
    lines = ["services:", "  soketi:", *(f"    {line}" for line in _how_to_run(version))]
    lines += ["    environment:"]
    lines += [
        f"      {name}: {_yaml(value.replace('$', '$$'))}" for name, value in variables.items()
    ]
    lines += ["      AWS_ACCESS_KEY_ID: ${AWS_ACCESS_KEY_ID:-}"]
    lines += ["      AWS_SECRET_ACCESS_KEY: ${AWS_SECRET_ACCESS_KEY:-}"]
    return "\n".join([*lines, "    ports:", '      - "6001:6001"', ""])


def _how_to_run(version: tuple[int, int, int]) -> tuple[str, ...]:
    if version >= PREFIX_CHANGED:
        return (f'image: "quay.io/soketi/soketi:{version[0]}.{version[1]}-16-debian"',)
    package = f"@soketi/pws@{version[0]}.{version[1]}"
    return ('image: "node:16"', f'command: ["npx", "--yes", "{package}", "start"]')


def _kubernetes(
    connection: Connection, version: tuple[int, int, int], variables: Mapping[str, str]
) -> str:
    name = f"soketi-{connection.slug}"[:63].rstrip("-")
    image = [f"          {line}" for line in _how_to_run(version)]
    lines = [
        "apiVersion: apps/v1",
        "kind: Deployment",
        "metadata:",
        f"  name: {_yaml(name)}",
        "spec:",
        "  selector:",
        "    matchLabels:",
        f"      app: {_yaml(name)}",
        "  template:",
        "    metadata:",
        "      labels:",
        f"        app: {_yaml(name)}",
        "    spec:",
        "      # A service account with a role (IRSA or pod identity) that has the policy soketi-server.",
        "      serviceAccountName: soketi",
        "      containers:",
        "        - name: soketi",
        *image,
        "          ports:",
        "            - containerPort: 6001",
        "          env:",
    ]
    for variable, value in variables.items():
        lines += [f"            - name: {variable}", f"              value: {_yaml(value)}"]
    return "\n".join([*lines, ""])


def _laravel(
    connection: Connection, version: tuple[int, int, int], _variables: Mapping[str, str]
) -> str:
    parts = urlsplit(connection.soketi_url or "http://127.0.0.1:6001")
    secure = parts.scheme in ("https", "wss")
    port = parts.port or (443 if secure else 80)
    lines = [
        f"# Laravel, for an app of {_one_line(connection.name)} on soketi {'.'.join(map(str, version))}.",
        "# The app's own page has id, key and secret.",
        "BROADCAST_DRIVER=pusher",
        "BROADCAST_CONNECTION=pusher",
        "PUSHER_APP_ID=",
        "PUSHER_APP_KEY=",
        "PUSHER_APP_SECRET=",
        f"PUSHER_HOST={_dotenv_value(parts.hostname or '127.0.0.1')}",
        f"PUSHER_PORT={port}",
        f"PUSHER_SCHEME={'https' if secure else 'http'}",
        "PUSHER_APP_CLUSTER=mt1",
    ]
    return "\n".join([*lines, ""])


def _dotenv_value(value: str) -> str:
    if PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def _yaml(value: str) -> str:
    """A YAML double-quoted scalar; JSON's strings are a subset of it."""
    return json.dumps(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())


Renderer = Callable[[Connection, tuple[int, int, int], Mapping[str, str]], str]
FORMATS: Mapping[EnvironmentFormat, tuple[str, str, Renderer]] = {
    EnvironmentFormat.DOTENV: (".env", "soketi.env", _dotenv),
    EnvironmentFormat.DOCKER_COMPOSE: ("Docker Compose", "compose.yaml", _compose),
    EnvironmentFormat.KUBERNETES: ("Kubernetes", "soketi.yaml", _kubernetes),
    EnvironmentFormat.LARAVEL: ("Laravel", "laravel.env", _laravel),
}
