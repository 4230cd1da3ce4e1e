"""What is kept in SQL."""

from apps_admin.models.cache import CacheEntry
from apps_admin.models.person import Invitation, Membership, Person
from apps_admin.models.session import Session

__all__ = ["CacheEntry", "Invitation", "Membership", "Person", "Session"]
