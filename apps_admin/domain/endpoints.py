"""Which addresses an endpoint may have.

Loopback and private ones are fine (DynamoDB Local, VPC endpoints); those under which clouds hand out credentials
are not.
"""

from __future__ import annotations

import ipaddress
import socket
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias
from urllib.parse import urlsplit

Address: TypeAlias = IPv4Address | IPv6Address

METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"}
)
METADATA_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",  # link-local: AWS, Azure, Google, ECS, EKS pod identity
        "fe80::/10",
        "fd00:ec2::/32",
        "100.100.100.200/32",  # Alibaba
        "192.0.0.192/32",  # Oracle
        "168.63.129.16/32",  # Azure's wire server
    )
)
METADATA_REFUSED = (
    "This is an address under which clouds hand out credentials; no DynamoDB is there."
)


def endpoint_problem(url: str, *, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """What is wrong with an endpoint's URL; empty when nothing is."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return "This is not an address; one looks like https://dynamodb.example.com:8000."
    if parts.scheme not in schemes or not host:
        return f"The address must begin with {' or '.join(f'{s}://' for s in schemes)} and a host."
    if parts.username is not None or parts.password is not None:
        return "The address must not hold a user name or password."
    if parts.query or parts.fragment or any(c.isspace() or ord(c) < 32 for c in url):
        return "The address must not hold spaces, a query or a fragment."
    if port == 0:
        return "The port must be between 1 and 65535."
    return METADATA_REFUSED if is_metadata_host(host) else ""


def is_metadata_host(host: str) -> bool:
    """Whether a host name or literal address is one of a cloud's metadata service."""
    name = host.rstrip(".").lower()
    if name in METADATA_NAMES:
        return True
    address = literal_address(name)
    return address is not None and is_metadata_address(address)


def literal_address(host: str) -> Address | None:
    """The address a host stands for without a look-up, in every spelling C libraries accept (`0xa9fea9fe`)."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def is_metadata_address(address: Address) -> bool:
    """Whether an address is one of a cloud's metadata service, also wrapped into IPv6."""
    if isinstance(address, IPv6Address):
        address = _unwrapped(address)
    return any(
        address in network for network in METADATA_NETWORKS if network.version == address.version
    )


def _unwrapped(address: IPv6Address) -> Address:
    """The IPv4 address inside a mapped, translated (64:ff9b::/96), compatible or 6to4 one."""
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    prefix = int(address) >> 32
    if prefix in (0x0064FF9B << 64, 0) and int(address) > 1:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
