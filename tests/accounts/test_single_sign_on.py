"""Sign-in by an identity provider: a small one answers here, over HTTP, with real tokens."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings
from pytest_httpserver import HTTPServer

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import Grant
from apps_admin.models import AuditEntry, Person
from apps_admin.services.accounts import add_person, grants_of
from apps_admin.services.single_sign_on import grants_of_groups, parse_group_roles
from tests.accounts.cast import PASSWORD
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db

Claims = dict[str, Any]
SignIn = Callable[..., Client]


@pytest.fixture
def provider(httpserver: HTTPServer, settings: Settings) -> HTTPServer:
    base = httpserver.url_for("").rstrip("/")
    httpserver.expect_request("/.well-known/openid-configuration").respond_with_json(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "userinfo_endpoint": f"{base}/userinfo",
            "jwks_uri": f"{base}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }
    )
    settings.OIDC_SERVER_URL = base
    settings.OIDC_GROUP_ROLES = "ops=operator@production;chiefs=administrator@*+secrets"
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "sso",
                    "name": "Example login",
                    "client_id": "console",
                    "secret": "client-secret",
                    "settings": {"server_url": base},
                }
            ],
        }
    }
    return httpserver


@pytest.fixture
def sign_in_as(provider: HTTPServer) -> SignIn:
    """Go to the provider and come back as whoever these claims describe."""

    def go(claims: Claims, client: Client | None = None, query: str = "") -> Client:
        client = client or Client()
        base = provider.url_for("").rstrip("/")
        token = {"iss": base, "aud": "console", "exp": time.time() + 60, "iat": time.time()}
        provider.expect_oneshot_request("/token").respond_with_json(
            {
                "access_token": "an-access-token",
                "token_type": "Bearer",
                "id_token": jwt.encode({**token, **claims}, "k" * 32, algorithm="HS256"),
            }
        )
        provider.expect_oneshot_request("/userinfo").respond_with_json(claims)
        away = client.post(reverse("openid_connect_login", args=["sso"]) + query)
        state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
        client.last_answer = client.get(  # type: ignore[attr-defined]
            reverse("openid_connect_callback", args=["sso"]), {"code": "a-code", "state": state}
        )
        return client

    return go


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("account-show")).status_code == 200


OLGA: Claims = {"sub": "olga-1", "preferred_username": "olga", "groups": ["ops", "staff"]}


def test_groups_give_roles_to_somebody_new(sign_in_as: SignIn) -> None:
    client = sign_in_as(OLGA)

    assert is_signed_in(client)
    person = Person.objects.get(username="olga")
    assert grants_of(person) == {"production": Grant(role=Role.OPERATOR)}
    assert not person.has_usable_password()
    assert [entry.action for entry in AuditEntry.objects.order_by("sequence")] == [
        "person.create",
        "session.sign_in",
    ]


def test_without_a_group_that_has_a_role_nobody_comes_in(sign_in_as: SignIn) -> None:
    client = sign_in_as({**OLGA, "groups": ["staff"]})

    assert "You have no access here" in client.last_answer.content.decode()  # type: ignore[attr-defined]
    assert not Person.objects.exists()


def test_roles_follow_the_groups_at_each_sign_in(sign_in_as: SignIn) -> None:
    sign_in_as(OLGA)
    sign_in_as({**OLGA, "groups": ["chiefs"]})

    assert grants_of(Person.objects.get()) == {
        "*": Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)
    }
    assert AuditEntry.objects.filter(reason="groups at the identity provider").count() == 1


def test_roles_set_here_stay(sign_in_as: SignIn) -> None:
    sign_in_as(OLGA)
    Person.objects.get().memberships.create(connection="staging", role="viewer")

    sign_in_as({**OLGA, "groups": []})

    assert grants_of(Person.objects.get()) == {"staging": Grant(role=Role.VIEWER)}


def test_a_name_or_address_that_is_taken_takes_nothing_over(sign_in_as: SignIn) -> None:
    alice = add_person("olga", {"*": Grant(role=Role.ADMINISTRATOR)}, PASSWORD)
    Person.objects.filter(pk=alice.pk).update(email="olga@example.org")

    client = sign_in_as({**OLGA, "email": "olga@example.org", "email_verified": True})

    assert client.session["_auth_user_id"] != str(alice.pk)
    assert not SocialAccount.objects.filter(user=alice).exists()


def test_a_closed_account_stays_closed(sign_in_as: SignIn) -> None:
    sign_in_as(OLGA)
    Person.objects.update(is_active=False)

    assert not is_signed_in(sign_in_as(OLGA))


def test_a_stranger_cannot_start_the_sign_in(provider: HTTPServer) -> None:
    answer = Client().get(reverse("openid_connect_login", args=["sso"]))

    assert answer.status_code == 200
    assert "Go to Example login" in answer.content.decode()


def test_a_state_that_this_browser_did_not_ask_for_is_refused(provider: HTTPServer) -> None:
    answer = Client().get(
        reverse("openid_connect_callback", args=["sso"]), {"code": "a-code", "state": "made-up"}
    )

    assert answer.status_code in {401, 403}
    assert not Person.objects.exists()


def test_the_authorization_request_uses_pkce(provider: HTTPServer) -> None:
    away = Client().post(reverse("openid_connect_login", args=["sso"]))

    query = parse_qs(urlsplit(away.headers["Location"]).query)
    assert query["code_challenge_method"] == ["S256"]


def test_a_provider_put_into_sql_is_no_way_in(provider: HTTPServer) -> None:
    SocialApp.objects.create(
        provider="openid_connect",
        provider_id="evil",
        name="Evil",
        client_id="evil",
        settings={"server_url": "https://evil.example"},
    )

    assert Client().post(reverse("openid_connect_login", args=["evil"])).status_code == 404
    assert "Evil" not in Client().get(reverse("account_login")).content.decode()


def test_who_has_no_password_confirms_at_the_provider(
    sign_in_as: SignIn, vera_of_olga: Person
) -> None:
    client = sign_in_as({**OLGA, "groups": ["chiefs"]})
    sign_in(client, Person.objects.get(username="olga"), minutes_ago=11)
    url = reverse("person-remove", args=[vera_of_olga.pk])
    asked = client.post(url).headers["Location"]
    page = client.get(asked).content.decode()
    assert "Confirm at Example login" in page
    assert "prompt%3Dlogin" in page
    resume = parse_qs(urlsplit(asked).query)["next"][0]

    sign_in_as({**OLGA, "groups": ["chiefs"], "auth_time": time.time()}, client, f"?next={resume}")

    assert client.last_answer.headers["Location"] == resume  # type: ignore[attr-defined]
    assert f'action="{url}"' in client.get(resume).content.decode()


@pytest.mark.parametrize(
    "claims",
    [{"sub": "somebody-else"}, {"auth_time": time.time() - 3600}],
    ids=["another person", "a sign-in of an hour ago"],
)
def test_others_and_old_sign_ins_confirm_nothing(
    sign_in_as: SignIn, vera_of_olga: Person, claims: Claims
) -> None:
    client = sign_in_as({**OLGA, "groups": ["chiefs"]})
    sign_in(client, Person.objects.get(username="olga"), minutes_ago=11)

    sign_in_as({**OLGA, "groups": ["chiefs"], **claims}, client)

    assert client.post(reverse("person-remove", args=[vera_of_olga.pk])).status_code == 302
    assert Person.objects.get(pk=vera_of_olga.pk).is_active


@pytest.fixture
def vera_of_olga(db: None) -> Person:
    return add_person("vera", {}, None)


@pytest.mark.parametrize("counts", [True, False])
def test_the_provider_counts_as_a_second_factor_only_where_the_setting_says_so(
    sign_in_as: SignIn, settings: Settings, counts: bool
) -> None:
    settings.OIDC_HAS_SECOND_FACTOR = counts

    page = sign_in_as(OLGA).get(reverse("account-show")).content.decode()

    assert ("Signed in with a second factor" in page) is counts


def test_the_most_that_any_group_gives_counts() -> None:
    roles = parse_group_roles("a=viewer@x; b=operator@x+secrets ;c=administrator@y")

    assert grants_of_groups(["a", "b", "unknown"], roles) == {
        "x": Grant(role=Role.OPERATOR, reveals_secrets=True)
    }


def test_a_group_may_have_an_equals_sign_in_its_name() -> None:
    (role,) = parse_group_roles("cn=ops,dc=example=viewer@*")

    assert (role.group, role.connection) == ("cn=ops,dc=example", "*")


@pytest.mark.parametrize("text", ["ops", "ops=king@*", "ops=viewer", "=viewer@*", "ops=viewer@"])
def test_a_mapping_that_means_nothing_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is not group=role@connection"):
        parse_group_roles(text)
