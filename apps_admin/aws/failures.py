"""What goes wrong before or instead of an answer of AWS: credentials, network, proxies, something else that answers."""

from __future__ import annotations

import re
from collections.abc import Callable

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError

from apps_admin.aws.place import Place
from apps_admin.domain.errors import (
    ConsoleError,
    CredentialsError,
    CredentialsMissingError,
    StoreError,
    UnreachableError,
    ValidationError,
)

TEST_HINT = "Run the connection test: it names the hop that fails."
PROXY_HINT = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the console."
TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})")
# What a proxy or load balancer answers when it does not get through.
OF_A_PROXY = frozenset({"407", "502", "503", "504"})


class NotDynamoDBError(BotoCoreError):
    """Something answered that is not DynamoDB."""

    fmt = "The answer is not DynamoDB's"


def not_dynamodb(place: Place, status: str = "") -> ConsoleError:
    """Something answered that is no JSON of DynamoDB's; `status` is HTTP's, where it was no success."""
    if status in OF_A_PROXY:
        return proxy_refused(status, place.host)
    return UnreachableError(
        f"{place.host} answers, but not as DynamoDB does"
        + (f" (HTTP {status})." if status else "."),
        hint="The address may be that of a web page. Check the connection's endpoint.",
    )


def translate_failure(error: BotoCoreError, place: Place) -> ConsoleError:
    """The domain error for what went wrong before or instead of an answer."""
    for kinds, make in FAILURES:
        if isinstance(error, kinds):
            return make(error, place)
    return StoreError(
        f"The call to DynamoDB could not be made ({type(error).__name__}).", hint=TEST_HINT
    )


def _no_credentials(_error: BotoCoreError, place: Place) -> ConsoleError:
    hint = (
        "Give the console a role, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and start it again."
        if place.is_aws
        else "DynamoDB Local accepts any: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to some word."
    )
    return CredentialsMissingError(
        "The console found no AWS credentials for this connection.", hint=hint
    )


def _half_credentials(_error: BotoCoreError, _place: Place) -> ConsoleError:
    return CredentialsError(
        "The AWS credentials are incomplete: access key id and secret access key go together.",
        hint="Set both, or neither.",
    )


def _unknown_profile(_error: BotoCoreError, _place: Place) -> ConsoleError:
    return CredentialsError(
        "The AWS profile of this connection is not in the console's AWS configuration.",
        hint="Check the profile's name, and AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE of the console.",
    )


def _signed_out(_error: BotoCoreError, _place: Place) -> ConsoleError:
    return CredentialsError(
        "The AWS single sign-on session has expired or was never begun.",
        hint="Run aws sso login for the profile on the machine the console runs on.",
    )


def _not_given(error: BotoCoreError, _place: Place) -> ConsoleError:
    if error.kwargs.get("provider") == "custom-process":
        return CredentialsError(
            "The credential process of the profile failed.",
            hint="Run the credential_process of ~/.aws/config by hand, as the user the console runs as.",
        )
    return CredentialsError(
        "The machine or container gave no credentials.",
        hint="Attach a role to the instance, task or service account the console runs as.",
    )


def _unreadable_configuration(_error: BotoCoreError, _place: Place) -> ConsoleError:
    return CredentialsError(
        "The console's AWS configuration files cannot be read or contradict themselves.",
        hint="Check ~/.aws/config and ~/.aws/credentials of the user the console runs as.",
    )


def _tls_failed(_error: BotoCoreError, place: Place) -> ConsoleError:
    return UnreachableError(
        f"No trusted TLS connection to {place.host} could be made.",
        hint="Its certificate must be valid for this very name, or the port speaks plain HTTP. "
        + TEST_HINT,
    )


def _proxy_failed(error: BotoCoreError, place: Place) -> ConsoleError:
    refused = TUNNEL_REFUSED.search(str(error.kwargs.get("error", "")))
    if refused:
        return proxy_refused(refused[1], _host_of(error, place))
    return UnreachableError(
        f"The proxy on the way to {_host_of(error, place)} does not answer.", hint=PROXY_HINT
    )


def proxy_refused(status: str, host: str) -> ConsoleError:
    """The proxy itself answered, with an HTTP status of its own."""
    if status == "407":
        return UnreachableError(
            f"The proxy on the way to {host} asks for a name and a password (HTTP 407).",
            hint="Put them into the address: HTTPS_PROXY=http://name:password@host:port.",
        )
    return UnreachableError(
        f"A proxy on the way to {host} answers HTTP {status}: it does not get through to it.",
        hint=f"See the proxy's log, and whether it may reach {host}. {PROXY_HINT}",
    )


def _timed_out(error: BotoCoreError, place: Place) -> ConsoleError:
    return UnreachableError(
        f"{_host_of(error, place)} did not answer in time.",
        hint="DynamoDB or the network may be overloaded, or a firewall drops the packets. "
        + TEST_HINT,
    )


def _not_reached(error: BotoCoreError, place: Place) -> ConsoleError:
    host = _host_of(error, place)
    if host != place.host:
        why = (
            "The way to sign in needs it: check the STS endpoint of the connection and the network."
        )
    elif place.is_aws:
        why = f"Check the network, and that {place.region!r} is a region."
    else:
        why = "Check that the engine runs and that the connection's endpoint is right."
    return UnreachableError(f"{host} cannot be reached.", hint=f"{why} {TEST_HINT}")


def _host_of(error: BotoCoreError, place: Place) -> str:
    """What was called: DynamoDB, or what gives the credentials for it."""
    called = Place(
        table="", region="", endpoint=str(error.kwargs.get("endpoint_url") or place.endpoint)
    )
    return called.host


def _not_sent(_error: BotoCoreError, _place: Place) -> ConsoleError:
    return ValidationError({"item": ["The record has a value DynamoDB has no type for."]})


FAILURES: tuple[
    tuple[tuple[type[BotoCoreError], ...], Callable[[BotoCoreError, Place], ConsoleError]], ...
] = (
    ((NotDynamoDBError,), lambda _error, place: not_dynamodb(place)),
    ((boto.PartialCredentialsError,), _half_credentials),
    ((boto.NoCredentialsError, boto.NoAuthTokenError), _no_credentials),
    ((boto.ProfileNotFound,), _unknown_profile),
    ((boto.SSOError, boto.TokenRetrievalError, boto.LoginError), _signed_out),
    ((boto.CredentialRetrievalError, boto.MetadataRetrievalError), _not_given),
    (
        (boto.ConfigNotFound, boto.ConfigParseError, boto.InvalidConfigError),
        _unreadable_configuration,
    ),
    ((boto.SSLError,), _tls_failed),
    ((boto.ProxyConnectionError,), _proxy_failed),
    ((boto.ConnectTimeoutError, boto.ReadTimeoutError), _timed_out),
    ((boto.ConnectionError, boto.HTTPClientError, boto.ResponseStreamingError), _not_reached),
    ((boto.ParamValidationError,), _not_sent),
)
