"""Who the credentials of a connection are: where they come from, and what AWS's STS says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.session import Session

from apps_admin.aws import errors
from apps_admin.domain.connection import Connection

PROVIDERS = {
    "env": "environment variables",
    "assume-role": "an assumed role",
    "assume-role-with-web-identity": "a web identity token",
    "web-identity": "a web identity token",
    "sso": "AWS single sign-on",
    "login": "aws login",
    "shared-credentials-file": "the shared credentials file",
    "config-file": "the AWS configuration file",
    "custom-process": "a credential process",
    "container-role": "the container's role",
    "iam-role": "the instance's role",
    "static": "keys stored with the connection",
}


@dataclass(frozen=True, kw_only=True)
class FoundCredentials:
    """Credentials that were found; nothing of them but the masked id of the key."""

    provider: str
    masked_key_id: str
    is_temporary: bool
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who AWS says we are."""

    account: str
    arn: str


def find_credentials(session: Session, place: errors.Place) -> FoundCredentials:
    """Where the session's credentials come from; fetches temporary ones. Raises CredentialsError."""
    try:
        credentials: Any = session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        frozen = credentials.get_frozen_credentials()
    except ClientError as error:
        raise errors.translate(error, place=place) from error
    except BotoCoreError as error:
        raise errors.translate(error, place=place) from error
    except OSError as error:
        raise errors.unreadable_token(error) from error
    expires_at = getattr(credentials, "_expiry_time", None)
    return FoundCredentials(
        provider=PROVIDERS.get(credentials.method, str(credentials.method)),
        masked_key_id=mask_key_id(frozen.access_key or ""),
        is_temporary=bool(frozen.token) or isinstance(credentials, RefreshableCredentials),
        expires_at=expires_at if isinstance(expires_at, datetime) else None,
    )


def find_identity(session: Session, connection: Connection, config: Config) -> Identity:
    """Ask STS who we are. Raises CredentialsError or UnreachableError."""
    endpoint = connection.credentials.sts_endpoint
    try:
        client: Any = session.create_client(
            "sts", region_name=connection.region, endpoint_url=endpoint or None, config=config
        )
    except (BotoCoreError, ValueError) as error:
        raise errors.translate_set_up(error, connection) from error
    place = errors.Place(
        table=connection.table, region=connection.region, endpoint=client.meta.endpoint_url
    )
    try:
        answer = client.get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        raise errors.translate(error, place=place) from error
    finally:
        client.close()
    return Identity(account=str(answer["Account"]), arn=str(answer["Arn"]))


def mask_key_id(key_id: str) -> str:
    """An access key id of which only the ends can be read: `AKIA…WXYZ`."""
    return f"{key_id[:4]}…{key_id[-4:]}" if len(key_id) > 12 else "…"
