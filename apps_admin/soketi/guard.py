"""Judges where the console may send requests whose address comes from a record.

A webhook's URL is data that anybody who may edit an app can set, so a test delivery must not become a way into the
networks around the console. By default only public addresses are allowed, on http and https and a few ports;
`WEBHOOK_ALLOWED_NETWORKS` adds networks. Some addresses stay refused whatever that says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias
from urllib.parse import urlsplit

from apps_admin.domain.errors import RefusedTargetError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

DEFAULT_PORTS = {"http": 80, "https": 443}
ALLOWED_PORTS = frozenset({80, 443, *range(8000, 9000)})
LONGEST_HOST = 253
LONGEST_URL = 8192

# The parts of the address space that are not public (IANA special-purpose registries), whatever Python's
# `is_global` of this version says: it lets NAT64, 6to4, ::/96 and multicast through.
NOT_PUBLIC: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::1/128", "loopback"),
        ("::/128", "unspecified"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "for documentation"),
        ("3fff::/20", "for documentation"),
    )
)
PUBLIC_IPV6 = ip_network("2000::/3")

# An IPv6 address of these kinds stands for an IPv4 address, which would have to be judged in its place.
STANDS_FOR_IPV4: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("::ffff:0:0/96", "an IPv4 address written as IPv6"),
        ("::ffff:0:0:0/96", "a translated IPv4 address"),
        ("64:ff9b::/96", "a NAT64 address"),
        ("64:ff9b:1::/48", "a local NAT64 address"),
        ("2002::/16", "a 6to4 address"),
        ("2001::/32", "a Teredo address"),
    )
)
IPV4_COMPATIBLE = ip_network("::/96")
ISATAP_MARKS = (0x00005EFE, 0x02005EFE)

# Where clouds hand out credentials and configuration.
METADATA: frozenset[Address] = frozenset(
    ip_address(address)
    for address in (
        "169.254.169.254",  # AWS, Google, Azure, DigitalOcean, ...
        "169.254.170.2",  # AWS: a container's credentials
        "169.254.170.23",  # AWS: a pod's credentials
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",  # Google
        "168.63.129.16",  # Azure's own server, in a public range
        "100.100.100.200",  # Alibaba
        "192.0.0.192",  # Oracle
    )
)

LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
NUMBER_LABEL = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
FORBIDDEN_IN_URL = re.compile(r"[\x00-\x20\x7f\\]")
# What Node's `url.parse` writes in percent-encoding; it refuses characters beyond Latin-1.
ESCAPED_IN_PATH = str.maketrans({char: f"%{ord(char):02X}" for char in "{}|^`<>\"'"})
LATIN_1 = 0xFF
HINT = "This is the console's own guard; soketi itself would try."


@dataclass(frozen=True, kw_only=True)
class Target:
    """A URL taken apart, its form found harmless. `host` is ASCII, lower case, an IPv6 literal without brackets.

    `address` is set when the URL names an address itself, so nothing has to be resolved.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None

    @property
    def host_header(self) -> str:
        """The `Host` header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class OutboundGuard:
    """The rules of this installation. `networks` are allowed on top of the public addresses."""

    networks: tuple[Network, ...] = ()

    def target(self, url: str) -> Target:
        """Take a URL apart and judge all of it that can be judged without asking the DNS. Raises RefusedTargetError."""
        target = parse_target(url)
        if target.address is not None:
            self.judge(target.address)
        return target

    def judge(self, address: Address) -> None:
        """Raises RefusedTargetError unless the console may connect to this address."""
        if reason := why_never(address):
            raise refusal(f"{address} is {reason}")
        if any(address in network for network in self.networks):
            return
        if reason := why_not_public(address):
            allow = "An administrator allows private networks with WEBHOOK_ALLOWED_NETWORKS."
            raise refusal(f"{address} is {reason}", f"{HINT} {allow}")


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks of a setting. Raises ValueError for what is no CIDR."""
    return tuple(ip_network(text.strip()) for text in texts if text.strip())


def why_never(address: Address) -> str:
    """Why no setting allows this address; empty when one may."""
    if address in METADATA:
        return "a cloud's metadata address, which hands out credentials"
    if isinstance(address, IPv4Address):
        return ""
    if address.scope_id is not None:
        return "bound to one network interface"
    for network, kind in STANDS_FOR_IPV4:
        if address in network:
            return kind
    if address in IPV4_COMPATIBLE and int(address) > 1:
        return "an IPv4 address written as IPv6"
    if (int(address) >> 32) & 0xFFFFFFFF in ISATAP_MARKS:
        return "an ISATAP address"
    return ""


def why_not_public(address: Address) -> str:
    """Why this is no public address; empty when it is one."""
    for network, kind in NOT_PUBLIC:
        if address in network:
            return f"not public ({kind})"
    if isinstance(address, IPv6Address) and address not in PUBLIC_IPV6:
        return "not public (unassigned)"
    return ""


def parse_target(url: str) -> Target:
    """Take a URL apart; the address is not judged. Raises RefusedTargetError for forms that hide where they lead."""
    if len(url) > LONGEST_URL or FORBIDDEN_IN_URL.search(url):
        raise refusal("The URL has spaces, control characters or backslashes in it, or is too long")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise refusal("The URL cannot be read") from exc
    if parts.scheme not in DEFAULT_PORTS:
        raise refusal("Only http:// and https:// URLs are sent to")
    if "@" in parts.netloc:
        raise refusal("The URL carries a user name or password before the host")
    if port is None:
        port = DEFAULT_PORTS[parts.scheme]
    if port not in ALLOWED_PORTS:
        raise refusal(f"Port {port} is not one of 80, 443 and 8000 to 8999")
    host, address = _read_host(parts.hostname or "", bracketed=parts.netloc.startswith("["))
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}".translate(
        ESCAPED_IN_PATH
    )
    if any(ord(char) > LATIN_1 for char in path):
        raise refusal("The path has characters that have to be percent-encoded")
    return Target(scheme=parts.scheme, host=host, port=port, path=path, address=address)


def refusal(reason: str, hint: str = HINT) -> RefusedTargetError:
    """The error for a target that is not sent to."""
    return RefusedTargetError({"url": [f"{reason}."]}, hint=hint)


def _read_host(text: str, *, bracketed: bool) -> tuple[str, Address | None]:
    if bracketed:
        return _read_ipv6(text)
    try:
        # Also what hides digits and dots in other scripts comes out as ASCII here.
        host = text.encode("idna").decode("ascii").lower() if text else ""
    except UnicodeError as exc:
        raise refusal("The host name cannot be read") from exc
    if not host or len(host) > LONGEST_HOST:
        raise refusal("The URL has no host name, or one that is too long")
    labels = host.split(".")
    if not labels[-1]:
        raise refusal("The host name ends with a dot")
    if NUMBER_LABEL.match(labels[-1]):
        return _read_ipv4(host)
    if not all(LABEL.match(label) for label in labels):
        raise refusal("The host name has characters that no host name has")
    return host, None


def _read_ipv4(host: str) -> tuple[str, Address]:
    """Only the one canonical form: resolvers also take octal, hex, decimal and short ones."""
    try:
        address = IPv4Address(host)
    except ValueError as exc:
        raise refusal("The address is not written as four decimal numbers") from exc
    return str(address), address


def _read_ipv6(text: str) -> tuple[str, Address]:
    try:
        address = IPv6Address(text)
    except ValueError as exc:
        raise refusal("The IPv6 address cannot be read") from exc
    return str(address), address
