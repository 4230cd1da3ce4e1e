"""What can be done: one name for the permission, the audit action, the API verb and (with dashes) the URL."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """Every action that is authorized and audited."""

    APP_VIEW = "app.view"
    APP_REVEAL_SECRET = "app.reveal_secret"  # noqa: S105 - the name of an action
    APP_CREATE = "app.create"
    APP_UPDATE = "app.update"
    APP_ENABLE = "app.enable"
    APP_DISABLE = "app.disable"
    APP_ROTATE_SECRET = "app.rotate_secret"  # noqa: S105 - the name of an action
    APP_CUT_OFF = "app.cut_off"
    APP_DELETE = "app.delete"
    APP_FIX = "app.fix"
    APP_UNDO = "app.undo"
    APP_RESTORE = "app.restore"
    APP_IMPORT = "app.import"
    APP_EXPORT = "app.export"
    APP_EXPORT_SECRETS = "app.export_secrets"
    APP_BULK = "app.bulk"
    WEBHOOK_TEST = "webhook.test"
    TABLE_BOOTSTRAP = "table.bootstrap"
    TABLE_VIEW = "table.view"
    CONNECTION_VIEW = "connection.view"
    CONNECTION_TEST = "connection.test"
    CONNECTION_CREATE = "connection.create"
    CONNECTION_UPDATE = "connection.update"
    CONNECTION_DELETE = "connection.delete"
    JOB_VIEW = "job.view"
    JOB_STOP = "job.stop"
    JOB_RESUME = "job.resume"
    JOB_UNDO = "job.undo"
    AUDIT_VIEW = "audit.view"
    AUDIT_EXPORT = "audit.export"
    AUDIT_ARCHIVE = "audit.archive"
    PERSON_VIEW = "person.view"
    PERSON_INVITE = "person.invite"
    PERSON_CREATE = "person.create"
    PERSON_UPDATE = "person.update"
    PERSON_REMOVE = "person.remove"
    TOKEN_CREATE = "token.create"  # noqa: S105 - the name of an action
    TOKEN_ROTATE = "token.rotate"  # noqa: S105 - the name of an action
    TOKEN_REVOKE = "token.revoke"  # noqa: S105 - the name of an action
    SESSION_SIGN_IN = "session.sign_in"
    SESSION_REFUSE = "session.refuse"
    SESSION_SIGN_OUT = "session.sign_out"
    SESSION_END = "session.end"
    SECOND_FACTOR_UPDATE = "second_factor.update"
    SETTINGS_CHANGE = "settings.change"


# What changes the table: not possible on a read-only connection.
TABLE_WRITES = frozenset(
    {
        Action.APP_CREATE,
        Action.APP_UPDATE,
        Action.APP_ENABLE,
        Action.APP_DISABLE,
        Action.APP_ROTATE_SECRET,
        Action.APP_CUT_OFF,
        Action.APP_DELETE,
        Action.APP_FIX,
        Action.APP_UNDO,
        Action.APP_RESTORE,
        Action.APP_IMPORT,
        Action.APP_BULK,
        Action.TABLE_BOOTSTRAP,
        Action.JOB_UNDO,
    }
)

# What writes a file, for as long as that takes: while its reader waits, or in a worker.
FILE_ACTIONS = frozenset({Action.APP_EXPORT, Action.APP_EXPORT_SECRETS, Action.AUDIT_EXPORT})

# What ends long after it was started, mostly in a worker.
LONG_ACTIONS = FILE_ACTIONS | {Action.APP_BULK, Action.APP_IMPORT, Action.JOB_UNDO}


class Role(StrEnum):
    """What a person or token is on one connection. Each role can do all the one before can."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


VIEWER_ACTIONS = frozenset(
    {
        Action.APP_VIEW,
        Action.APP_EXPORT,
        Action.TABLE_VIEW,
        Action.CONNECTION_VIEW,
        Action.CONNECTION_TEST,
        Action.JOB_VIEW,
        Action.AUDIT_VIEW,
        # A token never exceeds its owner's role, so everybody may have their own.
        Action.TOKEN_CREATE,
        Action.TOKEN_ROTATE,
        Action.TOKEN_REVOKE,
        # About oneself: signing in and out, own sessions and second factors.
        Action.SESSION_SIGN_IN,
        Action.SESSION_REFUSE,
        Action.SESSION_SIGN_OUT,
        Action.SESSION_END,
        Action.SECOND_FACTOR_UPDATE,
    }
)

OPERATOR_ACTIONS = VIEWER_ACTIONS | {
    Action.APP_CREATE,
    Action.APP_UPDATE,
    Action.APP_ENABLE,
    Action.APP_DISABLE,
    Action.APP_ROTATE_SECRET,
    Action.APP_CUT_OFF,
    Action.APP_DELETE,
    Action.APP_FIX,
    Action.APP_UNDO,
    Action.APP_RESTORE,
    Action.APP_IMPORT,
    Action.APP_BULK,
    Action.WEBHOOK_TEST,
    Action.JOB_STOP,
    Action.JOB_RESUME,
    Action.JOB_UNDO,
}

# Revealing secrets is a permission of its own, given to a person per connection, whatever the role.
SECRET_ACTIONS = frozenset({Action.APP_REVEAL_SECRET, Action.APP_EXPORT_SECRETS})

# What cannot be done where AWS hides the secret: a test of a webhook is signed with it.
SECRET_USES = SECRET_ACTIONS | {Action.WEBHOOK_TEST}

ROLE_ACTIONS: dict[Role, frozenset[Action]] = {
    Role.VIEWER: VIEWER_ACTIONS,
    Role.OPERATOR: frozenset(OPERATOR_ACTIONS),
    Role.ADMINISTRATOR: frozenset(Action) - SECRET_ACTIONS,
}
