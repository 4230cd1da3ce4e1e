"""Queries that are written once give what Django's own give."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps_admin.domain.actions import Role
from apps_admin.models import Membership, Person, StoredConnection, VaultEntry
from apps_admin.models.connection import connections_to_name
from apps_admin.models.person import memberships_of, people_with_id
from apps_admin.models.prepared import PreparedQuery

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def alice() -> Person:
    """Somebody with two memberships, of which the later one comes first by name."""
    person = Person.objects.create_user("alice", "alice@example.org", "a-long-password")
    for slug, role in (("staging", Role.OPERATOR), ("production", Role.VIEWER)):
        Membership.objects.create(person=person, connection=slug, role=role)
    return person


def test_a_row_is_the_one_django_reads(alice: Person) -> None:
    (read,) = people_with_id(alice.pk)
    expected = Person.objects.get(pk=alice.pk)
    assert read == expected
    for field in Person._meta.concrete_fields:
        value = getattr(read, field.attname)
        assert value == getattr(expected, field.attname)
        assert type(value) is type(getattr(expected, field.attname))


def test_a_row_can_be_saved_as_any_other(alice: Person) -> None:
    (read,) = people_with_id(alice.pk)
    read.last_login = timezone.now()
    read.save()
    assert Person.objects.get().last_login == read.last_login


def test_each_call_reads_anew_and_in_order(alice: Person) -> None:
    assert [row.connection for row in memberships_of(alice.pk)] == ["production", "staging"]
    Membership.objects.filter(connection="staging").delete()
    assert [row.connection for row in memberships_of(alice.pk)] == ["production"]
    assert memberships_of(alice.pk + 1) == []


def test_columns_left_out_are_not_read() -> None:
    StoredConnection.objects.create(slug="one", label="One", color="red", notes="long")
    with CaptureQueriesContext(connection) as queries:
        (row,) = connections_to_name()
    assert (row.slug, row.label, row.color) == ("one", "One", "red")
    assert "notes" not in queries.captured_queries[0]["sql"]
    assert row.notes == "long"  # asked for, it is read


def test_a_value_written_into_the_query_is_refused() -> None:
    fixed = PreparedQuery(lambda: VaultEntry.objects.filter(connection="one"))
    with pytest.raises(ValueError, match="VALUE"):
        fixed()
