from __future__ import annotations

import pytest

from apps_admin.domain.credentials import (
    check_identifier,
    check_secret,
    new_app_id,
    new_app_key,
    new_app_secret,
    secret_weakness,
)


def test_new_ids_keys_and_secrets_are_usable_and_never_repeat() -> None:
    made = [make() for make in (new_app_id, new_app_key, new_app_secret) for _ in range(50)]
    assert len(set(made)) == 150
    assert not [text for text in made if check_identifier("Id", text) or secret_weakness(text)]
    assert all(len(text) >= 32 for text in made)  # hexadecimal: 128 bits and more


@pytest.mark.parametrize("text", ["", "a b", "a/b", "é", "x" * 65, "a\n", "a.b", "a%20b"])
def test_a_new_id_has_only_plain_characters(text: str) -> None:
    (message,) = check_identifier("Id", text)
    assert message.startswith("Id: ")


@pytest.mark.parametrize("text", ["", " padded ", "line\nbreak", "nul\0", "x" * 5000])
def test_these_secrets_cannot_be_stored(text: str) -> None:
    assert check_secret(text)


def test_a_message_about_a_secret_never_quotes_it() -> None:
    assert "hunter2" not in "".join(check_secret(" hunter2\n"))


@pytest.mark.parametrize("text", ["app-secret", "SECRET", "short", "a" * 40, "abcabcabcabcabcabc"])
def test_these_secrets_are_weak_but_can_be_stored(text: str) -> None:
    assert secret_weakness(text)
    assert check_secret(text) == []
