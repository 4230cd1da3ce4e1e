"""People, what each may do where, and the invitations to become one of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION
from apps_admin.models.prepared import VALUE, PreparedQuery

# The longest slug a connection may have, and "*".
CONNECTION_LENGTH = 100


class PersonManager(BaseUserManager["Person"]):
    """Creates people the way Django's own commands and fixtures expect."""

    def create_user(
        self, username: str, email: str = "", password: str | None = None, **fields: Any
    ) -> Person:
        """A person without any role. Without a password nobody can sign in with one."""
        person = self.model(
            username=self.model.normalize_username(username),
            email=self.normalize_email(email),
            **fields,
        )
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(
        self, username: str, email: str = "", password: str | None = None, **fields: Any
    ) -> Person:
        """An administrator of every connection who may reveal secrets."""
        person = self.create_user(username, email, password, **fields)
        Membership.objects.using(self._db).create(
            person=person,
            connection=EVERY_CONNECTION,
            role=Role.ADMINISTRATOR,
            reveals_secrets=True,
        )
        return person


class Person(AbstractBaseUser):
    """Somebody who signs in. What they may do is in their memberships, never on this row."""

    username = models.CharField(
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "Somebody has this username already."},
    )
    email = models.EmailField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[PersonManager] = PersonManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ("username",)
        constraints: ClassVar = [
            # Sign-in ignores case, so two people must not differ by case alone.
            models.UniqueConstraint(
                Lower("username"),
                name="person_username_ignoring_case",
                violation_error_message="Somebody has this username already.",
            )
        ]

    def __str__(self) -> str:
        return self.username


class MembershipSource(models.TextChoices):
    """Who keeps a membership: people here, or the groups of the identity provider."""

    PEOPLE = "people", "Set here"
    GROUPS = "groups", "From a group of the identity provider"


class Membership(models.Model):
    """What a person is on one connection, or on every connection ("*")."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    connection = models.CharField(max_length=CONNECTION_LENGTH)
    role = models.CharField(max_length=20, choices=[(role, role.value) for role in Role])
    reveals_secrets = models.BooleanField(default=False)
    source = models.CharField(
        max_length=10, choices=MembershipSource, default=MembershipSource.PEOPLE
    )

    class Meta:
        ordering = ("connection",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "connection"], name="one_membership_per_connection"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]),
                name="membership_has_a_known_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.role} on {self.connection}"


# Asked at every request: who comes with a session, and what they may do where.
people_with_id = PreparedQuery(lambda: Person.objects.order_by().filter(pk=VALUE))
memberships_of = PreparedQuery(lambda: Membership.objects.filter(person=VALUE))


class Invitation(models.Model):
    """A link by which somebody joins, or sets a new password. Works once, until it expires.

    Only a hash of the link's token is kept: who reads this table cannot rebuild the link.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    # Set for a new password of somebody who is here already; empty for somebody new.
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    username = models.CharField(max_length=150, blank=True, default="")
    # By connection: a role, and whether secrets may be revealed.
    grants = models.JSONField(default=dict)
    invited_by = models.CharField(max_length=150)
    invited_by_id = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"Invitation {self.pk}"
