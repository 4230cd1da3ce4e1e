"""Every purpose with inputs to write it for, and a second time with all it can take."""

from __future__ import annotations

from typing import Any

from apps_admin.generators.policies import PURPOSES
from apps_admin.generators.policies.inputs import Feature, PolicyInputs
from apps_admin.generators.policies.purpose import Purpose

ACCOUNT = "123456789012"
EXTERNAL_ID = "an-external-id-of-the-tests"
NEEDED: dict[str, dict[str, Any]] = {
    "lawcket": {"api": "a1b2c3d4e5", "stage": "prod"},
    "console-lawcket": {"api": "a1b2c3d4e5", "stage": "prod"},
    "kms-data-plane": {"kms_key": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-1111"},
    "kms-create-table": {"kms_key": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-1111"},
    "tenant": {"key_prefixes": ("tenant-a-",)},
    "vpc-only": {"vpc_endpoint": "vpce-0123456789abcdef0"},
    "trust-irsa": {
        "oidc_provider": "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633",
        "service_account": "soketi:soketi",
    },
    "trust-cross-account": {"trusted_account": "999988887777", "external_id": EXTERNAL_ID},
}
MORE: dict[str, dict[str, Any]] = {
    "soketi-server": {"functions": ("on-event", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:x")},
    "console-operator": {
        "functions": ("on-event",),
        "features": frozenset({Feature.HEALTH}),
    },
    "console-viewer": {"features": frozenset({Feature.HEALTH})},
    "console-viewer-no-secret": {"attributes": ("Owner", 'odd "name" ${x} é')},
    "bootstrap": {"features": frozenset({Feature.SEED})},
    "copy-source": {"features": frozenset({Feature.LIST_TABLES})},
    "copy-destination": {"features": frozenset({Feature.LIST_TABLES})},
    "lawcket": {"functions": ("websocket",)},
    "tenant": {"key_prefixes": ("${aws:PrincipalTag/tenant}-", "it's `b` ")},
}


def least(name: str, **changes: Any) -> PolicyInputs:
    """The inputs a purpose cannot do without."""
    return PolicyInputs(**{"accounts": (ACCOUNT,), **NEEDED.get(name, {}), **changes})


def most(name: str) -> PolicyInputs:
    """Everything a purpose can take, in two regions and two accounts."""
    place = {
        "table": "shop.apps_1-x",
        "regions": ("us-east-1", "eu-west-1"),
        "accounts": (ACCOUNT, "210987654321"),
    }
    return PolicyInputs(**{**place, **NEEDED.get(name, {}), **MORE.get(name, {})})


def cases() -> dict[str, tuple[Purpose, PolicyInputs]]:
    """Every purpose with the least and the most."""
    return {
        f"{name}-{amount}": (purpose, inputs(name))
        for name, purpose in PURPOSES.items()
        for amount, inputs in (("least", least), ("most", most))
    }
