"""Connections lead to one place or to two, told without asking AWS."""

from __future__ import annotations

import pytest

from apps_admin.domain.connection import Connection, CredentialMode, Credentials


def role(account: str, name: str = "console") -> Credentials:
    return Credentials(
        mode=CredentialMode.ASSUME_ROLE, role_arn=f"arn:aws:iam::{account}:role/{name}"
    )


def profile(name: str) -> Credentials:
    return Credentials(mode=CredentialMode.PROFILE, profile=name)


def place(credentials: Credentials, slug: str = "one") -> str:
    return Connection(slug=slug, credentials=credentials).place


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (role("111111111111"), role("222222222222")),
        (profile("staging"), profile("production")),
        (role("111111111111"), Credentials()),
        (
            Credentials(mode=CredentialMode.STATIC, access_key_id="AKIAONE"),
            Credentials(mode=CredentialMode.STATIC, access_key_id="AKIATWO"),
        ),
    ],
)
def test_equal_tables_of_two_accounts_are_two_places(one: Credentials, other: Credentials) -> None:
    assert place(one) != place(other)


def test_two_roles_of_one_account_lead_to_one_place() -> None:
    assert place(role("111111111111", "reader")) == place(role("111111111111"), slug="two")
    assert place(Credentials()) == place(Credentials(), slug="two")


def test_a_malformed_role_is_no_account() -> None:
    odd = Credentials(mode=CredentialMode.ASSUME_ROLE, role_arn="nonsense")
    assert Connection(slug="one", credentials=odd).account == ""
