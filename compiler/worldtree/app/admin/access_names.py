"""Finds users, roles, projects, permissions and tokens by name, with suggestions."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from worldtree.auth.permissions import PERMISSIONS
from worldtree.auth.principal import ALL_PROJECTS
from worldtree.auth.tokens import TokenKind
from worldtree.core.errors import ExitCode, WorldTreeError
from worldtree.core.next_steps import NextStep
from worldtree.core.suggestions import did_you_mean

if TYPE_CHECKING:
    from worldtree.store.projects import ProjectRecord
    from worldtree.store.store import Store
    from worldtree.store.tokens import TokenRecord
    from worldtree.store.users import UserRecord

#: Names of projects and roles.
_PLAIN_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
#: Names of users: also an address of e-mail, or the id that a login gives.
_USER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,126}")
#: The longest text that says what a token is for.
_MAX_WORDS = 100


class AccessInputError(WorldTreeError):
    """A name is unknown or invalid; nothing was changed."""

    exit_code = ExitCode.INPUT


def find_user(store: Store, name: str) -> UserRecord:
    """Return a user. Raises ``AccessInputError``."""
    found = store.user(name)
    if found is None:
        known = [one.name for one in store.list_users()]
        raise AccessInputError(
            f"unknown user `{name}`",
            code="user-unknown",
            hint=did_you_mean(name, known),
            next_steps=[NextStep("list-users", "", "see all users")],
        )
    return found


def find_project(store: Store, name: str) -> ProjectRecord:
    """Return a project by its name. Raises ``AccessInputError``."""
    known = {one.name: one for one in store.list_projects()}
    if name not in known:
        raise AccessInputError(
            f"unknown project `{name}`",
            code="project-unknown",
            hint=did_you_mean(name, known),
            next_steps=[NextStep("list-projects", "", "see all projects")],
        )
    return known[name]


def project_key(store: Store, name: str) -> str:
    """Return the id of a project, or ``*`` for ``*``. Raises ``AccessInputError``."""
    return name if name == ALL_PROJECTS else find_project(store, name).id


def ensure_role(name: str, known: Collection[str]) -> None:
    """Raise ``AccessInputError`` for a role that is not among ``known``."""
    if name not in known:
        raise AccessInputError(
            f"unknown role `{name}`",
            code="role-unknown",
            hint=did_you_mean(name, known, f"the roles are: {', '.join(known)}"),
        )


def ensure_permissions(names: Collection[str]) -> None:
    """Raise ``AccessInputError`` for the first that is no permission."""
    for name in names:
        if name not in PERMISSIONS:
            raise AccessInputError(
                f"unknown permission `{name}`",
                code="permission-unknown",
                hint=did_you_mean(name, PERMISSIONS, f"they are: {', '.join(PERMISSIONS)}"),
            )


def find_token(store: Store, key: str, owner: str | None = None) -> TokenRecord:
    """Return a token by its id, one of ``owner`` if given. Raises ``AccessInputError``.

    The message repeats nothing that may be the token itself.
    """
    known = {one.id: one for one in store.list_tokens(owner)}
    if key not in known:
        hint = "`wt token list` shows the ids"
        if key.startswith(tuple(TokenKind)):
            hint = f"give the id of the token, not the token itself: {hint}"
        raise AccessInputError(
            "there is no token of this id",
            code="token-unknown",
            hint=did_you_mean(key[:32], known, hint),
        )
    return known[key]


def ensure_plain_name(name: str, kind: str) -> None:
    """Raise ``AccessInputError`` unless ``name`` can be that of a project or role (``kind``)."""
    if _PLAIN_NAME.fullmatch(name) is None:
        raise AccessInputError(
            f"{name[:64]!r} is not a valid name of a {kind}",
            code="name-invalid",
            hint="use up to 63 lower-case letters, digits and `-`, none at the ends",
        )


def ensure_user_name(name: str) -> None:
    """Raise ``AccessInputError`` unless ``name`` can be that of a user."""
    if _USER_NAME.fullmatch(name) is None:
        raise AccessInputError(
            f"{name[:64]!r} is not a valid name of a user",
            code="name-invalid",
            hint="use up to 127 letters, digits and `.`, `_`, `@`, `+`, `-`, first a letter or "
            "a digit",
        )


def ensure_token_name(words: str) -> None:
    """Raise ``AccessInputError`` unless ``words`` can say what a token is for."""
    if len(words) > _MAX_WORDS or not words.isprintable():
        raise AccessInputError(
            "the name of the token is too long, or has control characters",
            code="name-invalid",
            hint=f"use up to {_MAX_WORDS} printable characters",
        )
