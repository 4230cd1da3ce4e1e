"""The way to the endpoint, hop by hop: name, port, certificate, clock."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from apps_admin.diagnostics.facts import Facts
from apps_admin.diagnostics.report import Outcome, Status
from apps_admin.domain.endpoints import METADATA_REFUSED, is_metadata_address

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 5.0
PROXY_HINT = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the console."
TOLERATED_SKEW = 60
REFUSED_SKEW = 300
NOT_TLS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "RECORD_LAYER_FAILURE",
        "UNKNOWN_PROTOCOL",
        "PACKET_LENGTH_TOO_LONG",
    }
)
# OpenSSL's X509_V_ERR_* codes.
SELF_SIGNED, UNKNOWN_ISSUER = frozenset({18}), frozenset({2, 19, 20, 21})
NOT_YET_VALID, EXPIRED, NAME_MISMATCH, ADDRESS_MISMATCH = 9, 10, 62, 64


def _target(facts: Facts) -> SplitResult:
    """What the network steps connect to: the endpoint, or the proxy that stands before it."""
    return urlsplit(facts.aws.proxy or facts.aws.endpoint)


def _host_and_port(target: SplitResult) -> tuple[str, int]:
    return target.hostname or "", target.port or (443 if target.scheme == "https" else 80)


def _named(facts: Facts, host: str) -> str:
    return f"the proxy {host}" if facts.aws.proxy else host


def check_dns(facts: Facts) -> Outcome:
    """Look the host up."""
    host, port = _host_and_port(_target(facts))
    found: list[str] = []
    failures: list[OSError] = []

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))
        except (OSError, UnicodeError) as error:
            failures.append(error if isinstance(error, OSError) else OSError(str(error)))

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(CONNECT_TIMEOUT)
    if not found:
        slow = not failures
        return Outcome(
            status=Status.UNREACHABLE,
            message=f"The name of {_named(facts, host)} was not answered within {CONNECT_TIMEOUT:.0f} s."
            if slow
            else f"There is no host {host}{', which is to be the proxy' if facts.aws.proxy else ''}.",
            hint=_name_hint(facts),
            blocks=True,
        )
    if any(is_metadata_address(ip_address(address.partition("%")[0])) for address in found):
        return Outcome(
            status=Status.DIFFERENT,
            message=f"{host} leads to a metadata address. {METADATA_REFUSED}",
            hint="Set the endpoint to where DynamoDB is.",
            blocks=True,
        )
    facts.addresses = tuple(found)
    through = " (a proxy)" if facts.aws.proxy else ""
    return Outcome(message=f"{host}{through} is {', '.join(found[:4])}")


def _name_hint(facts: Facts) -> str:
    if facts.aws.proxy:
        return PROXY_HINT
    if facts.aws.is_aws:
        return f"Is {facts.connection.region!r} the region you mean? Else check this machine's DNS."
    return "Check the endpoint's spelling, and this machine's DNS."


def check_port(facts: Facts) -> Outcome:
    """Open a TCP connection to the first addresses."""
    host, port = _host_and_port(_target(facts))
    host = _named(facts, host)
    failure: OSError = OSError()
    for address in facts.addresses[:2]:
        try:
            with socket.create_connection((address, port), CONNECT_TIMEOUT / 2):
                return Outcome(message=f"Port {port} is open")
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        message = f"{host}, port {port}: no answer within {CONNECT_TIMEOUT:.0f} s."
        hint = "A firewall or security group drops the packets, or the address is wrong."
    elif isinstance(failure, ConnectionRefusedError):
        message = f"{host}, port {port}: the port is closed."
        hint = "Is DynamoDB (or the proxy) listening there? Check the port of the endpoint."
    else:
        message = f"{host}, port {port}: there is no way to it ({failure.strerror})."
        hint = "Check the network and its routes."
    if facts.aws.proxy:
        message, hint = message[0].upper() + message[1:], PROXY_HINT
    return Outcome(status=Status.UNREACHABLE, message=message, hint=hint, blocks=True)


def check_tls(facts: Facts) -> Outcome:
    """Shake hands, with the trust AWS calls have."""
    if facts.aws.proxy:
        return Outcome(status=Status.SKIPPED, message="A proxy stands between.")
    target = urlsplit(facts.aws.endpoint)
    if target.scheme != "https":
        return _plain_http(facts)
    host, port = _host_and_port(target)
    context = ssl.create_default_context(cafile=facts.aws.ca_file)
    try:
        with (
            socket.create_connection((facts.addresses[0], port), CONNECT_TIMEOUT) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            return Outcome(message=f"{secure.version()}, the certificate is valid for {host}")
    except ssl.SSLCertVerificationError as error:
        return _distrusted(host, error)
    except ssl.SSLError as error:
        return _no_tls(host, port, error)
    except OSError:
        return Outcome(
            status=Status.UNREACHABLE,
            message=f"{host}, port {port} closes the connection instead of speaking TLS.",
            hint="Does this port speak TLS at all? A firewall may also cut it.",
            blocks=True,
        )


def _plain_http(facts: Facts) -> Outcome:
    private = all(ip_address(address.partition("%")[0]).is_private for address in facts.addresses)
    return Outcome(
        status=Status.SKIPPED if private else Status.DIFFERENT,
        message="The endpoint is plain HTTP, without TLS.",
        hint=""
        if private
        else "Records with their secrets cross a public network in clear. Use https.",
    )


def _distrusted(host: str, error: ssl.SSLCertVerificationError) -> Outcome:
    code = error.verify_code
    if code in (NAME_MISMATCH, ADDRESS_MISMATCH):
        message = f"The certificate is for another name than {host}."
        hint = "Use the name in the certificate as the endpoint, or have it issued for this name."
    elif code in SELF_SIGNED:
        message = f"The certificate of {host} is self-signed."
        hint = "Put its authority into a file and name that file in AWS_CA_BUNDLE."
    elif code in UNKNOWN_ISSUER:
        message = f"The certificate of {host} is from an authority this console does not trust."
        hint = "Name the authority's file in AWS_CA_BUNDLE. Behind a company proxy that opens TLS, name the proxy's."
    elif code == EXPIRED:
        message = f"The certificate of {host} has expired."
        hint = "Renew it, or set this machine's clock if that is wrong."
    elif code == NOT_YET_VALID:
        message = f"The certificate of {host} is not valid yet."
        hint = "Set this machine's clock."
    else:
        message = f"The certificate of {host} is not trusted ({error.verify_message})."
        hint = "Check the certificate of the endpoint."
    return Outcome(status=Status.DIFFERENT, message=message, hint=hint, blocks=True)


def _no_tls(host: str, port: int, error: ssl.SSLError) -> Outcome:
    if (error.reason or "") in NOT_TLS:
        return Outcome(
            status=Status.DIFFERENT,
            message=f"{host}, port {port} speaks plain HTTP, and the endpoint says https.",
            hint=f"Use http://{host}:{port}, or the port that speaks TLS.",
            blocks=True,
        )
    return Outcome(
        status=Status.UNREACHABLE,
        message=f"TLS with {host} fails ({(error.reason or 'no reason given').lower()}).",
        hint="The endpoint and this console share no TLS version or cipher.",
        blocks=True,
    )


def check_clock(facts: Facts) -> Outcome:
    """Compare this machine's clock with the endpoint's `Date`."""
    if facts.aws.proxy:
        return Outcome(status=Status.SKIPPED, message="A proxy stands between.")
    try:
        told = _date_of(facts)
    except TimeoutError:
        return Outcome(
            status=Status.UNREACHABLE,
            message=f"The endpoint accepts connections and does not answer within {READ_TIMEOUT:.0f} s.",
            hint="Whatever listens there hangs; restart it, or check host and port.",
            blocks=True,
        )
    except (OSError, http.client.HTTPException):
        return _no_http(facts)
    if told is None:
        return Outcome(status=Status.SKIPPED, message="The endpoint tells no time.")
    return _judge_clock(facts, (datetime.now(UTC) - told).total_seconds())


def _no_http(facts: Facts) -> Outcome:
    """What to say of a port that does not answer HTTP; it may speak TLS."""
    host, port = _host_and_port(urlsplit(facts.aws.endpoint))
    context = ssl.create_default_context()
    # Nothing is sent: this only tells whether the port speaks TLS.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((facts.addresses[0], port), CONNECT_TIMEOUT) as plain,
            context.wrap_socket(plain),
        ):
            message = f"{host}, port {port} speaks TLS, and the endpoint says http."
            hint = f"Use https://{host}:{port}."
    except OSError:
        message = "The endpoint accepts connections and does not speak HTTP."
        hint = "Whatever listens there is no web server; check host and port."
    return Outcome(status=Status.UNREACHABLE, message=message, hint=hint, blocks=True)


def _date_of(facts: Facts) -> datetime | None:
    target = urlsplit(facts.aws.endpoint)
    host, port = _host_and_port(target)
    make: Callable[[], http.client.HTTPConnection]
    if target.scheme == "https":
        context = ssl.create_default_context(cafile=facts.aws.ca_file)
        make = lambda: http.client.HTTPSConnection(  # noqa: E731 - one of two ways
            host, port, timeout=READ_TIMEOUT, context=context
        )
    else:
        make = lambda: http.client.HTTPConnection(host, port, timeout=READ_TIMEOUT)  # noqa: E731
    connection = make()
    try:
        connection.request("GET", "/")
        told = connection.getresponse().getheader("Date")
    finally:
        connection.close()
    try:
        date = parsedate_to_datetime(told or "")
    except ValueError:
        return None
    return date if date.tzinfo else None


def _judge_clock(facts: Facts, skew: float) -> Outcome:
    direction = "ahead" if skew > 0 else "behind"
    minutes = abs(skew) / 60
    if abs(skew) <= TOLERATED_SKEW:
        return Outcome(message="The clocks agree")
    if abs(skew) <= REFUSED_SKEW:
        return Outcome(
            message=f"This machine's clock is {minutes:.0f} min {direction}",
            hint="AWS refuses signatures from 5 minutes on. Set the clock (NTP).",
        )
    return Outcome(
        status=Status.DIFFERENT,
        message=f"This machine's clock is {minutes:.0f} minutes {direction}: AWS refuses every signature.",
        hint="Set the clock (NTP) of the machine the console runs on.",
        blocks=facts.aws.is_aws,
    )
