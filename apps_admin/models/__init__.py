"""What the console keeps in SQL. An app's secret only in the vault."""

from apps_admin.models.api_token import ApiToken
from apps_admin.models.app_index import DeletedApp, IndexedApp, IndexState
from apps_admin.models.audit import AuditEntry, AuditHead, OpenOperation, OperationPlan
from apps_admin.models.cache import CacheEntry
from apps_admin.models.connection import StoredConnection
from apps_admin.models.connection_test import ConnectionTest
from apps_admin.models.idempotency import KeptAnswer
from apps_admin.models.job import Job, WorkerBeat
from apps_admin.models.job_app import JobApp
from apps_admin.models.key_claim import KeyClaim
from apps_admin.models.person import Invitation, Membership, Person
from apps_admin.models.session import Session
from apps_admin.models.vault import VaultEntry, VaultKeyCheck

__all__ = [
    "ApiToken",
    "AuditEntry",
    "AuditHead",
    "CacheEntry",
    "ConnectionTest",
    "DeletedApp",
    "IndexState",
    "IndexedApp",
    "Invitation",
    "Job",
    "JobApp",
    "KeptAnswer",
    "KeyClaim",
    "Membership",
    "OpenOperation",
    "OperationPlan",
    "Person",
    "Session",
    "StoredConnection",
    "VaultEntry",
    "VaultKeyCheck",
    "WorkerBeat",
]
