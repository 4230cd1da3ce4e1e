"""A botocore session for each credential mode. Temporary credentials refresh themselves before they expire.

A mode uses exactly its own sources: a profile without keys never falls through to the machine's role.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    AssumeRoleWithWebIdentityCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.credentials import Credentials as KeyPair
from botocore.exceptions import NoCredentialsError
from botocore.loaders import Loader, create_loader
from botocore.session import Session

from apps_admin.domain.connection import CredentialMode, Credentials

MACHINE_PROVIDERS = ("container-role", "iam-role")
TOKEN_PROVIDERS = ("assume-role-with-web-identity",)
SESSION_NAME = "soketi-console"
LONGEST_WINDOW = 15 * 60


def session_for(credentials: Credentials, region: str, *, timeouts: Config) -> Session:
    """A session that signs with these credentials. Raises botocore's ProfileNotFound for an unknown profile."""
    match credentials.mode:
        case CredentialMode.DEFAULT_CHAIN:
            return _chain_session()
        case CredentialMode.PROFILE:
            return _chain_session(credentials.profile, without=MACHINE_PROVIDERS)
        case CredentialMode.CONTAINER_OR_INSTANCE:
            return _chain_session(only=MACHINE_PROVIDERS)
        case CredentialMode.STATIC:
            return _fixed_session(_static(credentials))
        case CredentialMode.ASSUME_ROLE:
            return _fixed_session(_assumed_role(credentials, region, timeouts))
        case CredentialMode.WEB_IDENTITY:
            if not credentials.web_identity_token_file:
                return _chain_session(only=TOKEN_PROVIDERS)
            return _fixed_session(_web_identity(credentials, region, timeouts))


def _new_session(profile: str = "") -> Session:
    session = botocore.session.Session(profile=profile or None)
    loader = _loader_of(session.get_config_variable("data_path"))
    session.register_component("data_loader", loader)
    return session


@functools.cache
def _loader_of(data_path: str | None) -> Loader:
    """What botocore knows of AWS's services, read once a process: it takes four fifths of making a client."""
    return create_loader(data_path)


def _chain_session(
    profile: str = "", *, without: tuple[str, ...] = (), only: tuple[str, ...] = ()
) -> Session:
    session = _new_session(profile)
    resolver: CredentialResolver = session.get_component("credential_provider")
    for method in [str(provider.METHOD) for provider in resolver.providers]:
        if method in without or (only and method not in only):
            resolver.remove(method)
        elif method == "assume-role":
            # A profile with mfa_serial would ask for a code on a terminal nobody looks at, and wait for ever.
            role_provider: Any = resolver.get_provider(method)
            role_provider._prompter = _refuse_to_prompt  # noqa: SLF001
    return session


def _refuse_to_prompt(_prompt: str) -> str:
    raise NoCredentialsError


class _Fixed(CredentialProvider):
    """A chain of one: whatever `load` was given."""

    METHOD = "connection"

    def __init__(self, load: Callable[[], Any]) -> None:
        super().__init__()
        self._load = load

    def load(self) -> Any:
        return self._load()


def _fixed_session(load: Callable[[], Any]) -> Session:
    session = _new_session()
    session.register_component("credential_provider", CredentialResolver([_Fixed(load)]))
    return session


def _renewed_early(lifetime: int) -> int:
    """How long before its end a session is renewed. botocore's own 15 minutes would renew a short one at each call."""
    return min(LONGEST_WINDOW, lifetime // 3)


class _RoleCredentials(DeferredRefreshableCredentials):
    def __init__(self, fetch: Callable[[], Any], lifetime: int) -> None:
        super().__init__(fetch, "assume-role")
        self._advisory_refresh_timeout = _renewed_early(lifetime)
        self._mandatory_refresh_timeout = _renewed_early(lifetime) * 2 // 3


def _static(credentials: Credentials) -> Callable[[], KeyPair]:
    return lambda: KeyPair(
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token or None,
        method="static",
    )


def _assumed_role(credentials: Credentials, region: str, timeouts: Config) -> Callable[[], Any]:
    base = session_for(credentials.base or Credentials(), region, timeouts=timeouts)

    def load() -> Any:
        source = base.get_credentials()
        if source is None:
            raise NoCredentialsError
        fetcher = AssumeRoleCredentialFetcher(
            _sts_maker(base, credentials, region, timeouts),
            source,
            credentials.role_arn,
            extra_args=_role_arguments(credentials),
            mfa_prompter=_refuse_to_prompt,
            expiry_window_seconds=_renewed_early(credentials.role_duration),
        )
        return _RoleCredentials(fetcher.fetch_credentials, credentials.role_duration)

    return load


def _web_identity(credentials: Credentials, region: str, timeouts: Config) -> Callable[[], Any]:
    token_file = Path(credentials.web_identity_token_file)

    def load() -> Any:
        fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
            _sts_maker(_new_session(), credentials, region, timeouts),
            lambda: token_file.read_text().strip(),
            credentials.role_arn,
            extra_args={"RoleSessionName": credentials.role_session_name or SESSION_NAME},
        )
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, "web-identity")

    return load


def _role_arguments(credentials: Credentials) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "RoleSessionName": credentials.role_session_name or SESSION_NAME,
        "DurationSeconds": credentials.role_duration,
    }
    if credentials.external_id:
        arguments["ExternalId"] = credentials.external_id
    return arguments


def _sts_maker(
    session: Session, credentials: Credentials, region: str, timeouts: Config
) -> Callable[..., Any]:
    """What botocore's fetchers call to make their STS client: with our timeouts and the STS endpoint."""

    def make(service: str, *, config: Config | None = None, **keys: Any) -> Any:
        return session.create_client(
            service,
            region_name=region,
            endpoint_url=credentials.sts_endpoint or None,
            config=timeouts.merge(config) if config else timeouts,
            **keys,
        )

    return make
