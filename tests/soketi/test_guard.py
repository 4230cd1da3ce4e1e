"""The outbound guard: where a URL out of a record may lead the console."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from apps_admin.domain.errors import RefusedTargetError
from apps_admin.soketi.guard import OutboundGuard, parse_networks

GUARD = OutboundGuard()
EVERYTHING = OutboundGuard(networks=parse_networks(["0.0.0.0/0", "::/0"]))

REFUSED_URLS = [
    # other schemes, ports, forms
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/_x",
    "dict://example.com:8000/",
    "//example.com/",
    "example.com",
    "",
    "http:///x",
    "http://",
    "http:example.com",
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:6379/",
    "http://example.com:9000/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:-80/",
    "http://example.com:80x/",
    # who one really talks to
    "http://user@example.com/",
    "http://user:pass@example.com/",
    "http://example.com@127.0.0.1/",
    "http://@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://example.com\\.evil.example/",
    "http://exa mple.com/",
    "http://example.com/\r\nX-Injected: 1",
    "http://example.com\t/",
    "http://example.com\x00.evil.example/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%2f@example.com/",
    "http://exa%6dple.com/",
    # loopback and private in plain form
    "http://127.0.0.1/",
    "http://127.0.0.1:8000/",
    "http://127.1.2.3/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.1.1/",
    "http://192.0.0.8/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://239.255.255.250/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    # the same in other numbers
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.0.0.01/",
    "http://127.0.0.1./",
    "http://localhost./",
    "http://0/",
    "http://0x/",
    "http://3232235777/",
    "http://127.0.0.0x1/",
    "http://1.1.1.1.1/",
    "http://256.256.256.256/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://127\u30020\u30020\u30021/",
    "http://\u2460\u2461\u2466.0.0.1/",
    "http://example\u3002/",
    # IPv6
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:8.8.8.8]/",
    "http://[::127.0.0.1]/",
    "http://[::8.8.8.8]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::8.8.8.8]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:808:808::1]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[2001:db8::1]/",
    "http://[2001:2::1]/",
    "http://[3fff::1]/",
    "http://[fc00::1]/",
    "http://[fd12:3456::1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[4000::1]/",
    "http://[2a00:1450::5efe:7f00:1]/",
    "http://[::1/",
    "http://[v1.x]/",
    # metadata
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.170.2/v2/credentials",
    "http://[fd00:ec2::254]/",
    "http://168.63.129.16/",
    "http://100.100.100.200/",
    # host names that are none
    "http://-example.com/",
    "http://exam!ple.com/",
    "http://a..b/",
    "http://.example.com/",
    f"http://{'a' * 64}.com/",
    f"http://{'a.' * 130}com/",
    f"http://example.com/{'a' * 9000}",
]

NEVER = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "168.63.129.16",
    "100.100.100.200",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
    "::169.254.169.254",
    "fd00::5efe:a9fe:a9fe",
    "fe80::1%eth0",
]


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_it_refuses(url: str) -> None:
    with pytest.raises(RefusedTargetError) as refused:
        GUARD.target(url)
    assert refused.value.errors["url"]


def test_the_table_has_at_least_forty_bypasses() -> None:
    assert len(set(REFUSED_URLS)) >= 40


@pytest.mark.parametrize("address", NEVER)
def test_no_setting_allows(address: str) -> None:
    with pytest.raises(RefusedTargetError):
        EVERYTHING.judge(ip_address(address))


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "header"),
    [
        ("https://hooks.example.com", "hooks.example.com", 443, "/", "hooks.example.com"),
        ("HTTP://Hooks.Example.COM:80/A?b=c#d", "hooks.example.com", 80, "/A?b=c", "hooks.example.com"),
        ("https://example.com:8443/x", "example.com", 8443, "/x", "example.com:8443"),
        ("http://8.8.8.8/", "8.8.8.8", 80, "/", "8.8.8.8"),
        ("http://[2606:4700::1]:8080/", "2606:4700::1", 8080, "/", "[2606:4700::1]:8080"),
        ("https://b\u00fccher.example/", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
        ("http://intranet/", "intranet", 80, "/", "intranet"),
        ("http://a_b.example/", "a_b.example", 80, "/", "a_b.example"),
    ],
)  # fmt: skip
def test_it_takes_apart(url: str, host: str, port: int, path: str, header: str) -> None:
    target = GUARD.target(url)
    assert (target.host, target.port, target.path, target.host_header) == (host, port, path, header)


def test_an_allowed_network_is_allowed_and_its_neighbors_are_not() -> None:
    guard = OutboundGuard(networks=parse_networks(["10.1.0.0/16", " fd12::/16 ", ""]))
    guard.judge(ip_address("10.1.2.3"))
    guard.judge(ip_address("fd12::1"))
    with pytest.raises(RefusedTargetError):
        guard.judge(ip_address("10.2.0.1"))


def test_public_addresses_need_no_setting() -> None:
    for address in ("1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::"):
        GUARD.judge(ip_address(address))


def test_a_network_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.1/8"):
        parse_networks(["10.0.0.1/8"])


@pytest.mark.parametrize(
    ("url", "is_helped"),
    [
        ("http://10.0.0.1/", True),
        ("http://10.0.0.1:22/", False),
        ("http://169.254.169.254/", False),
    ],
)
def test_the_setting_is_named_only_where_it_helps(url: str, is_helped: bool) -> None:
    with pytest.raises(RefusedTargetError) as refused:
        GUARD.target(url)
    assert ("WEBHOOK_ALLOWED_NETWORKS" in refused.value.hint) == is_helped
    assert "own guard" in refused.value.hint
