"""Every botocore error and every code of DynamoDB and STS as one of `domain.errors`.

The only place that knows AWS's error codes. Messages say what is wrong and what to do next; they never repeat
AWS's own text, which may quote a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from apps_admin.domain.connection import KEY_INDEX, Connection
from apps_admin.domain.errors import (
    AccessDeniedError,
    ConsoleError,
    CredentialsError,
    IndexNotFoundError,
    StoreError,
    TableNotFoundError,
    ThrottledError,
    UnreachableError,
    ValidationError,
)
from apps_admin.domain.item import RawItem
from apps_admin.domain.item_size import LARGEST_ITEM, item_size

STS_OPERATIONS = frozenset({"AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity"})
ACTION_IN_TEXT = re.compile(r"perform: ([a-z0-9-]+:[A-Za-z]+)")
TEST_HINT = "Run the connection test: it names the hop that fails."


class NotDynamoDBError(BotoCoreError):
    """Something answered that is not DynamoDB."""

    fmt = "The answer is not DynamoDB's"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a call went; `endpoint` is the resolved address."""

    table: str
    region: str
    endpoint: str

    @property
    def host(self) -> str:
        """The endpoint's host and port, without credentials or path."""
        parts = urlsplit(self.endpoint)
        return parts.netloc.rpartition("@")[2]

    @property
    def is_aws(self) -> bool:
        """Whether the endpoint is one of AWS's own."""
        host = urlsplit(self.endpoint).hostname or ""
        return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))


def translate(error: ClientError | BotoCoreError, *, place: Place) -> ConsoleError:
    """The domain error for what a call raised."""
    if isinstance(error, ClientError):
        return _translate_answer(error, place)
    return _translate_failure(error, place)


def translate_set_up(error: BotoCoreError | ValueError, connection: Connection) -> ConsoleError:
    """The domain error for a client that could not even be made."""
    if isinstance(error, boto.InvalidRegionError | boto.NoRegionError):
        return ValidationError(
            {"region": [f"{connection.region!r} is not a region's name; one looks like eu-west-1."]}
        )
    if isinstance(error, BotoCoreError):
        place = Place(
            table=connection.table, region=connection.region, endpoint=connection.endpoint
        )
        return _translate_failure(error, place)
    return ValidationError(
        {"endpoint": ["This is not an address; one looks like https://dynamodb.example.com:8000."]}
    )


def safe_cause(error: Exception) -> Exception | None:
    """The error itself to chain from, or None when its text may quote a stored value."""
    return None if isinstance(error, boto.ParamValidationError) else error


def is_too_large(error: ClientError, item: RawItem) -> bool:
    """Whether DynamoDB refused a write because the item is over 400 KB (judged by size, not by wording)."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    refused = code_of(error) == "ValidationException" or status == 413
    return refused and item_size(item) > LARGEST_ITEM


def throttled(place: Place) -> ThrottledError:
    """DynamoDB has no capacity left for now."""
    return ThrottledError(
        f"DynamoDB is throttling requests to the table {place.table!r}.",
        hint="Try again in a few seconds. If it stays, raise the table's capacity or use on-demand billing.",
        retry_after=5,
    )


def unreadable_token(_error: OSError) -> CredentialsError:
    """The web identity token file is not there or may not be read."""
    return CredentialsError(
        "The web identity token file cannot be read.",
        hint="Check the path, that the token is mounted there, and that the console's user may read it.",
    )


def code_of(error: ClientError) -> str:
    """AWS's code, without the `#` prefix some engines leave on it."""
    return str(error.response.get("Error", {}).get("Code", "")).rpartition("#")[2]


def request_id_of(error: ClientError) -> str:
    """AWS's request id, which its support asks for."""
    return str(error.response.get("ResponseMetadata", {}).get("RequestId", ""))


def _translate_answer(error: ClientError, place: Place) -> ConsoleError:
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if error.operation_name in STS_OPERATIONS and code in DENIED_CODES:
        return _role_refused(error, place)
    for codes, make in ANSWERS:
        if code in codes:
            return make(error, place)
    if error.operation_name == "Query" and code == "ValidationException":
        return _index_missing(error, place)
    if code.isdecimal() or not code:
        return _not_dynamodb(error, place)
    if status >= 500:
        return _server_failed(error, place)
    return StoreError(
        f"DynamoDB refused {error.operation_name} with {code}.",
        hint="Nothing was written. Look the code up in AWS's documentation, or give the request id to AWS support.",
        aws_code=code,
        request_id=request_id_of(error),
    )


def _table_missing(_error: ClientError, place: Place) -> ConsoleError:
    where = f"in {place.region} of this account" if place.is_aws else f"at {place.host}"
    also = (
        ""
        if place.is_aws
        else " DynamoDB Local keeps separate tables for each access key and region unless it runs with -sharedDb."
    )
    return TableNotFoundError(
        f"There is no table {place.table!r} {where}.",
        hint="Check table, region and account of the connection, or create the table with "
        f"manage.py bootstrap_table.{also}",
    )


def _index_missing(error: ClientError, place: Place) -> ConsoleError:
    return IndexNotFoundError(
        f"The table {place.table!r} has no {KEY_INDEX} that can be queried: it is missing, still being built, or "
        "its hash key is not AppKey. Without it soketi refuses every WebSocket with 4001.",
        hint="Add it with manage.py bootstrap_table --repair, or wait until its status is ACTIVE.",
        aws_code=code_of(error),
        request_id=request_id_of(error),
    )


def _access_denied(error: ClientError, place: Place) -> ConsoleError:
    told = ACTION_IN_TEXT.search(error.response["Error"].get("Message", ""))
    service = "sts" if error.operation_name in STS_OPERATIONS else "dynamodb"
    action = told.group(1) if told else f"{service}:{error.operation_name}"
    on = f"{place.table}/index/{KEY_INDEX}" if error.operation_name == "Query" else place.table
    return AccessDeniedError(
        f"AWS denies {action} on the table {on!r} to these credentials.",
        hint="Add the action to their IAM policy. The connection test lists all that are missing.",
        action=action,
    )


def _role_refused(error: ClientError, _place: Place) -> ConsoleError:
    return AccessDeniedError(
        "AWS does not let these credentials assume the role.",
        hint="Check the role's ARN, that its trust policy names this principal, that this principal may "
        "sts:AssumeRole it, and the external id the role asks for.",
        action=f"sts:{error.operation_name}",
    )


def _unknown_key(_error: ClientError, _place: Place) -> ConsoleError:
    return CredentialsError(
        "AWS does not know this access key id (or not in this account's partition).",
        hint="Check the access key id; it may have been deleted or deactivated. A session token may be missing.",
    )


def _bad_signature(error: ClientError, _place: Place) -> ConsoleError:
    text = error.response["Error"].get("Message", "")
    if "expired" in text or "not yet current" in text:
        return CredentialsError(
            "AWS refuses the signature because this machine's clock is off by more than 5 minutes.",
            hint="Set the clock (NTP) of the machine the console runs on.",
        )
    if "scoped to a valid region" in text:
        return CredentialsError(
            "The endpoint belongs to another region than the connection names.",
            hint="Make the region of the connection that of its endpoint.",
        )
    return CredentialsError(
        "AWS refuses the signature: the secret access key does not belong to the access key id.",
        hint="Enter the secret access key again, or make a new pair of keys.",
    )


def _expired_token(_error: ClientError, _place: Place) -> ConsoleError:
    return CredentialsError(
        "The session token has expired.",
        hint="Sign in to AWS again (aws sso login, a new session token), then repeat what you did.",
    )


def _no_token(_error: ClientError, _place: Place) -> ConsoleError:
    return CredentialsError(
        "AWS got no usable signature.", hint="Check the credentials of the connection. " + TEST_HINT
    )


def _not_subscribed(_error: ClientError, place: Place) -> ConsoleError:
    return CredentialsError(
        f"The account is not opted in to {place.region}, or not activated.",
        hint="Enable the region in the AWS account's settings.",
    )


def _throttled(_error: ClientError, place: Place) -> ConsoleError:
    return throttled(place)


def _server_failed(error: ClientError, place: Place) -> ConsoleError:
    return UnreachableError(
        f"{place.host} answered {error.operation_name} with a failure of its own ({code_of(error)}), also when "
        "asked again.",
        hint="Try again in a moment. " + TEST_HINT,
    )


def _table_busy(error: ClientError, place: Place) -> ConsoleError:
    return StoreError(
        f"The table {place.table!r} is being created, changed or deleted right now.",
        hint="Wait until its status is ACTIVE.",
        aws_code=code_of(error),
        request_id=request_id_of(error),
    )


def _key_unusable(error: ClientError, place: Place) -> ConsoleError:
    return StoreError(
        f"The KMS key that encrypts the table {place.table!r} cannot be used.",
        hint="Enable the key, and allow these credentials kms:Decrypt on it through DynamoDB.",
        aws_code=code_of(error),
        request_id=request_id_of(error),
    )


def _not_offered(error: ClientError, place: Place) -> ConsoleError:
    return StoreError(
        f"{place.host} does not offer {error.operation_name}.",
        hint="This engine lacks the operation; AWS has it.",
        aws_code=code_of(error),
        request_id=request_id_of(error),
    )


def _not_dynamodb(error: ClientError | BotoCoreError, place: Place) -> ConsoleError:
    code = code_of(error) if isinstance(error, ClientError) else ""
    return UnreachableError(
        f"{place.host} answers, but not as DynamoDB does" + (f" (HTTP {code})." if code else "."),
        hint="The address may be that of a web page or of a proxy. Check the connection's endpoint.",
    )


DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
ANSWERS: tuple[tuple[frozenset[str], Callable[[ClientError, Place], ConsoleError]], ...] = (
    (frozenset({"ResourceNotFoundException", "TableNotFoundException"}), _table_missing),
    (frozenset({"ResourceInUseException"}), _table_busy),
    (DENIED_CODES, _access_denied),
    (
        frozenset({"UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"}),
        _unknown_key,
    ),
    (
        frozenset({"InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed"}),
        _bad_signature,
    ),
    (
        frozenset({"ExpiredTokenException", "ExpiredToken", "RequestExpired"}),
        _expired_token,
    ),
    (
        frozenset(
            {
                "MissingAuthenticationToken",
                "MissingAuthenticationTokenException",
                "IncompleteSignature",
                "IncompleteSignatureException",
                "InvalidIdentityToken",
                "IDPCommunicationError",
            }
        ),
        _no_token,
    ),
    (frozenset({"OptInRequired", "SubscriptionRequiredException"}), _not_subscribed),
    (
        frozenset(
            {
                "ProvisionedThroughputExceededException",
                "ThrottlingException",
                "Throttling",
                "RequestLimitExceeded",
                "TooManyRequestsException",
                "SlowDown",
            }
        ),
        _throttled,
    ),
    (frozenset({"InternalServerError", "InternalFailure", "ServiceUnavailable"}), _server_failed),
    (
        frozenset({"KMSAccessDeniedException", "KMSDisabledException", "KMSInvalidStateException"}),
        _key_unusable,
    ),
    (frozenset({"UnknownOperationException", "UnknownOperation"}), _not_offered),
)


def _translate_failure(error: BotoCoreError, place: Place) -> ConsoleError:
    """What went wrong before or instead of an answer."""
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
    return CredentialsError("The console found no AWS credentials for this connection.", hint=hint)


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


def _no_machine_role(_error: BotoCoreError, _place: Place) -> ConsoleError:
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


def _proxy_failed(_error: BotoCoreError, place: Place) -> ConsoleError:
    return UnreachableError(
        f"The proxy on the way to {place.host} does not answer.",
        hint="Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the console.",
    )


def _timed_out(_error: BotoCoreError, place: Place) -> ConsoleError:
    return UnreachableError(
        f"{place.host} did not answer in time.",
        hint="DynamoDB or the network may be overloaded, or a firewall drops the packets. "
        + TEST_HINT,
    )


def _not_reached(_error: BotoCoreError, place: Place) -> ConsoleError:
    why = (
        f"Check the network, and that {place.region!r} is a region."
        if place.is_aws
        else "Check that the engine runs and that the connection's endpoint is right."
    )
    return UnreachableError(f"{place.host} cannot be reached.", hint=f"{why} {TEST_HINT}")


def _not_sent(_error: BotoCoreError, _place: Place) -> ConsoleError:
    return ValidationError({"item": ["The record has a value DynamoDB has no type for."]})


FAILURES: tuple[
    tuple[tuple[type[BotoCoreError], ...], Callable[[BotoCoreError, Place], ConsoleError]], ...
] = (
    ((NotDynamoDBError,), _not_dynamodb),
    ((boto.PartialCredentialsError,), _half_credentials),
    ((boto.NoCredentialsError, boto.NoAuthTokenError), _no_credentials),
    ((boto.ProfileNotFound,), _unknown_profile),
    ((boto.SSOError, boto.TokenRetrievalError, boto.LoginError), _signed_out),
    ((boto.CredentialRetrievalError, boto.MetadataRetrievalError), _no_machine_role),
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
