"""Signatures: the worked examples of Pusher's own protocol documentation."""

from __future__ import annotations

from apps_admin.soketi.signature import sign_channel, sign_request, sign_user, sign_webhook

KEY = "278d425bdf160c739803"
SECRET = "7ad3773142a6692b25b8"


def test_it_signs_a_request_with_a_body() -> None:
    body = b'{"name":"foo","channels":["project-3"],"data":"{\\"some\\":\\"data\\"}"}'
    signed = sign_request(
        key=KEY,
        secret=SECRET,
        method="POST",
        path="/apps/3/events",
        timestamp=1353088179,
        body=body,
    )
    assert signed == {
        "auth_key": KEY,
        "auth_timestamp": "1353088179",
        "auth_version": "1.0",
        "body_md5": "ec365a775a4cd0599faeb73354201b6f",
        "auth_signature": "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c",
    }


def test_it_signs_a_private_channel() -> None:
    signed = sign_channel(key=KEY, secret=SECRET, socket_id="1234.1234", channel="private-foobar")
    assert signed == f"{KEY}:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"


def test_it_signs_a_presence_channel_with_its_member() -> None:
    signed = sign_channel(
        key=KEY,
        secret=SECRET,
        socket_id="1234.1234",
        channel="presence-foobar",
        channel_data='{"user_id":10,"user_info":{"name":"Mr. Channels"}}',
    )
    assert signed == f"{KEY}:31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80"


def test_it_signs_a_user() -> None:
    signed = sign_user(key=KEY, secret=SECRET, socket_id="1234.1234", user_data='{"id":"12345"}')
    assert signed == f"{KEY}:4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba"


def test_it_signs_the_raw_bytes_of_a_webhook() -> None:
    assert sign_webhook(b'{"a": 1}', SECRET) != sign_webhook(b'{"a":1}', SECRET)
