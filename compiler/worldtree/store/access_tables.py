"""The tables of users, what they may do, their sessions, and keys of repeated requests."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from worldtree.store.schema import metadata

users = Table(
    "users",
    metadata,
    #: Random.
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("created", Float, nullable=False),
    #: None while the user may use the service.
    Column("disabled", Float),
    #: Hash of the password, with its parameters; None for a user without one.
    Column("password", Text),
    #: Who the user is at an identity provider: its issuer and the subject there.
    Column("issuer", String),
    Column("subject", String),
)
Index("users_by_subject", users.c.issuer, users.c.subject, unique=True)

roles = Table(
    "roles",
    metadata,
    #: Of a custom role; the built-in ones have no row.
    Column("name", String, primary_key=True),
    #: JSON list of permissions.
    Column("permissions", Text, nullable=False),
)

role_bindings = Table(
    "role_bindings",
    metadata,
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    #: The id of a project, or ``*`` for all.
    Column("project", String, primary_key=True),
    #: The name of a role.
    Column("role", String, primary_key=True),
)

tokens = Table(
    "tokens",
    metadata,
    #: Random; not the secret.
    Column("id", String, primary_key=True),
    #: sha256 of the token, which is stored nowhere.
    Column("digest", String(64), nullable=False, unique=True),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    #: What it is for, in the words of its owner.
    Column("name", String, nullable=False),
    #: JSON list of permissions; None for all of the owner's.
    Column("scopes", Text),
    Column("created", Float, nullable=False),
    #: None for one that does not expire.
    Column("expires", Float),
    Column("used", Float),
    Column("revoked", Float),
)

user_groups = Table(
    "user_groups",
    metadata,
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    #: A group that the identity provider named at the user's last login.
    Column("group", String, primary_key=True),
)

group_roles = Table(
    "group_roles",
    metadata,
    #: A group of the identity provider, whose users have the role.
    Column("group", String, primary_key=True),
    #: The id of a project, or ``*`` for all.
    Column("project", String, primary_key=True),
    #: The name of a role.
    Column("role", String, primary_key=True),
)

sessions = Table(
    "sessions",
    metadata,
    #: sha256 of the session's secret, which is stored nowhere.
    Column("digest", String(64), primary_key=True),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created", Float, nullable=False),
    Column("used", Float, nullable=False),
    Column("expires", Float, nullable=False),
    #: From where it was begun, and with which program.
    Column("address", String),
    Column("agent", String),
    #: ``password`` or the issuer.
    Column("provider", String, nullable=False),
)

logins = Table(
    "logins",
    metadata,
    #: sha256 of the state of a login at an identity provider that has not ended.
    Column("state", String(64), primary_key=True),
    #: JSON: nonce, verifier and where to go afterwards.
    Column("body", Text, nullable=False),
    Column("created", Float, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    #: The caller, and the key that it chose.
    Column("principal", String, primary_key=True),
    Column("key", String, primary_key=True),
    #: sha256 of method, path and body of the request.
    Column("request", String(64), nullable=False),
    Column("created", Float, nullable=False, index=True),
    #: The answer; None while the request is at work.
    Column("status", Integer),
    #: JSON: the headers of the answer that count.
    Column("headers", Text),
    Column("body", LargeBinary),
    #: JSON: the process of the service that works on the request; None once it does not.
    Column("process", Text),
    #: JSON: the task or plan that the request made, written in the transaction that made it.
    Column("outcome", Text),
)
