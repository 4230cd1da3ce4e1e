"""Every botocore error and every code of DynamoDB and STS as one of `domain.errors`.

The only place that knows AWS's error codes. Messages say what is wrong and what to do next; they never repeat
AWS's own text, which may quote a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from apps_admin.aws.failures import TEST_HINT, NotDynamoDBError, not_dynamodb, translate_failure
from apps_admin.aws.place import Place
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

__all__ = ["NotDynamoDBError", "Place", "translate"]

STS_OPERATIONS = frozenset({"AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity"})
SSO_OPERATION = "GetRoleCredentials"
ACTION_IN_TEXT = re.compile(r"perform: ([a-z0-9-]+:[A-Za-z]+)")


def translate(error: ClientError | BotoCoreError, *, place: Place) -> ConsoleError:
    """The domain error for what a call raised."""
    if isinstance(error, ClientError):
        return _translate_answer(error, place)
    return translate_failure(error, place)


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
        return translate_failure(error, place)
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
    if error.operation_name == SSO_OPERATION and code not in THROTTLED_CODES:
        return _no_sso_role(code)
    for codes, make in ANSWERS:
        if code in codes:
            return make(error, place)
    if error.operation_name == "Query" and code == "ValidationException":
        return _index_missing(error, place)
    if code.isdecimal() or not code:
        return not_dynamodb(place, code)
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


def _no_sso_role(code: str) -> ConsoleError:
    return CredentialsError(
        f"AWS single sign-on gives the profile's role to nobody here ({code}).",
        hint="Check sso_account_id and sso_role_name in ~/.aws/config, and that the role is assigned to this person.",
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


DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
THROTTLED_CODES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "SlowDown",
    }
)
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
    (THROTTLED_CODES, _throttled),
    (frozenset({"InternalServerError", "InternalFailure", "ServiceUnavailable"}), _server_failed),
    (
        frozenset({"KMSAccessDeniedException", "KMSDisabledException", "KMSInvalidStateException"}),
        _key_unusable,
    ),
    (frozenset({"UnknownOperationException", "UnknownOperation"}), _not_offered),
)
