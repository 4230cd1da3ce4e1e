"""Every URL by every method in every role, against the one table in `tests/access.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, Grant
from apps_admin.models import AuditEntry, Invitation, Person
from apps_admin.services.accounts import actor_of, add_person, command_actor
from apps_admin.services.invitations import invite_person
from tests.access import ACCESS, PATH_VALUES, Needs, Row, Where
from tests.accounts.cast import PASSWORD
from tests.conftest import ModuleDatabase
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
ADMINISTRATOR: Final = "administrator of everything"
GRANTS: dict[str, dict[str, Grant]] = {
    "without a role": {},
    "viewer": {"default": Grant(role=Role.VIEWER)},
    "viewer of secrets": {"default": Grant(role=Role.VIEWER, reveals_secrets=True)},
    "operator": {"default": Grant(role=Role.OPERATOR)},
    "operator of secrets": {"default": Grant(role=Role.OPERATOR, reveals_secrets=True)},
    "administrator": {"default": Grant(role=Role.ADMINISTRATOR)},
    "administrator of another connection": {
        "elsewhere": Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)
    },
    ADMINISTRATOR: {EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)},
}


def named_urls(
    patterns: list[URLPattern | URLResolver], namespace: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from named_urls(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name}", pattern


URLS: dict[str, URLPattern] = dict(named_urls(get_resolver().url_patterns))
ROWS: dict[tuple[str, str], Row] = {(row.name, row.method): row for row in ACCESS}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Who is there in all tests of this module, what each may do, and the session of each."""

    people: dict[str, Person]
    actors: dict[str, Actor]
    sessions: dict[str, str]
    path_values: dict[str, Any]

    def client(self, role: str, **options: Any) -> Client:
        """A browser of its own in which somebody has just signed in."""
        client = Client(**options)
        client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        return client


@pytest.fixture(scope="module")
def module_scene(module_db: ModuleDatabase) -> Scene:
    with module_db():
        people = {
            role: add_person(role.replace(" ", "-"), grants, PASSWORD)
            for role, grants in GRANTS.items()
        }
        vera = add_person("vera", {EVERY_CONNECTION: Grant(role=Role.VIEWER)}, None)
        issued = invite_person(
            command_actor(), "newcomer", {EVERY_CONNECTION: Grant(role=Role.VIEWER)}
        )
        ids = {"person_id": vera.pk, "invitation_id": issued.invitation.pk}
        return Scene(
            people=people,
            actors={role: actor_of(person) for role, person in people.items()},
            sessions={role: session_of(person) for role, person in people.items()},
            path_values={**PATH_VALUES, **ids},
        )


@pytest.fixture
def scene(module_scene: Scene, default_connection: str) -> Scene:
    return module_scene


def session_of(person: Person) -> str:
    client = Client()
    sign_in(client, person, second_factor=True)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def url_of(name: str, values: Mapping[str, Any], row: Row | None = None) -> str:
    given = {**values, **(row.path if row else {})}
    arguments = {key: given[key] for key in URLS[name].pattern.converters}
    return reverse(name, kwargs=arguments)


def ask(client: Client, method: str, url: str, row: Row | None = None) -> HttpResponse:
    send = getattr(client, method.lower())
    answer: HttpResponse = send(url, dict(row.form)) if row and row.form else send(url)
    return answer


def is_sent_to_sign_in(answer: HttpResponse) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith(
        reverse("account_login") + "?"
    )


def is_refused(answer: HttpResponse) -> bool:
    """Not allowed, or told that the connection does not exist."""
    return answer.status_code == 403 or (
        answer.status_code == 404 and b"connection_not_found" in answer.content
    )


def is_allowed(row: Row, actor: Actor) -> bool:
    if isinstance(row.needs, Needs):
        return row.needs is not Needs.TOKEN
    places = {
        Where.CONNECTION: ["default"],
        Where.ANYWHERE: list(actor.grants),
        Where.EVERYWHERE: [EVERY_CONNECTION],
    }[row.where]
    return any(actor.may(row.needs, place) for place in places)


def test_every_url_has_a_name_and_a_row() -> None:
    nameless = [str(url.pattern) for name, url in URLS.items() if name.endswith("None")]
    missing = sorted(set(URLS) - {row.name for row in ACCESS})

    assert not nameless
    assert not missing, "add a line for each to tests/access.py"


def test_every_row_has_a_url() -> None:
    assert not sorted({row.name for row in ACCESS} - set(URLS))
    assert len(ROWS) == len(ACCESS), "a URL and method stands twice in tests/access.py"


@pytest.mark.parametrize("row", ACCESS, ids=str)
def test_only_who_may_gets_an_answer(row: Row, scene: Scene) -> None:
    url = url_of(row.name, scene.path_values, row)
    for role, actor in scene.actors.items():
        answer = ask(scene.client(role), row.method, url, row)
        told = f"{role}: {answer.status_code}"
        if is_allowed(row, actor):
            assert not is_refused(answer), told
            assert not is_sent_to_sign_in(answer), told
            assert answer.status_code < 500, told
            assert answer.status_code != 405, told
        elif row.needs is Needs.TOKEN:
            assert answer.status_code == 401, told
        else:
            assert is_refused(answer) or answer.status_code == row.answers, told


@pytest.mark.parametrize("row", ACCESS, ids=str)
def test_without_signing_in_only_the_public_pages_answer(row: Row, scene: Scene) -> None:
    answer = ask(Client(), row.method, url_of(row.name, scene.path_values, row), row)

    if row.needs is Needs.PUBLIC:
        assert not is_sent_to_sign_in(answer)
        assert answer.status_code < 500
    elif row.needs is Needs.TOKEN:
        assert answer.status_code == 401
    else:
        assert is_sent_to_sign_in(answer)


@pytest.mark.parametrize("row", [row for row in ACCESS if row.fresh], ids=str)
def test_what_matters_asks_for_a_fresh_sign_in(row: Row, scene: Scene) -> None:
    client = Client()
    sign_in(client, scene.people[ADMINISTRATOR], second_factor=True, minutes_ago=11)

    answer = ask(client, row.method, url_of(row.name, scene.path_values, row), row)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))


UNSAFE_ACTIONS: Final = frozenset(
    {
        Action.APP_REVEAL_SECRET,
        Action.APP_ROTATE_SECRET,
        Action.APP_DELETE,
        Action.APP_EXPORT_SECRETS,
        Action.PERSON_UPDATE,
        Action.PERSON_REMOVE,
    }
)


def test_revealing_rotating_deleting_and_changing_roles_are_marked_fresh() -> None:
    lax = [str(row) for row in ACCESS if row.needs in UNSAFE_ACTIONS and not row.fresh]

    assert not [name for name in lax if not name.startswith("GET")]


@pytest.mark.parametrize("name", sorted(URLS))
def test_a_method_without_a_row_is_refused(name: str, scene: Scene) -> None:
    client = scene.client(ADMINISTRATOR)
    url = url_of(name, scene.path_values)
    for method in METHODS:
        if (name, method) not in ROWS:
            assert ask(client, method, url).status_code in {401, 405}, method


@pytest.mark.parametrize(
    "row",
    [row for row in ACCESS if row.method != "GET" and row.needs is not Needs.TOKEN],
    ids=str,
)
def test_a_form_without_its_token_does_nothing(row: Row, scene: Scene) -> None:
    client = scene.client(ADMINISTRATOR, enforce_csrf_checks=True)
    kinds = (Person, Invitation, AuditEntry)
    before = [kind.objects.count() for kind in kinds]

    answer = ask(client, row.method, url_of(row.name, scene.path_values, row), row)

    assert answer.status_code == 403
    assert [kind.objects.count() for kind in kinds] == before


def test_head_is_refused_like_get(scene: Scene) -> None:
    assert scene.client("viewer").head(reverse("person-list")).status_code == 403
