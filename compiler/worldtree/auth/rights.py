"""Rights as they follow from roles, and the rule that nobody gives away more than they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from worldtree.auth.permissions import BUILTIN_ROLES
from worldtree.auth.principal import Principal
from worldtree.core.errors import RefusedError


def all_roles(custom: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return role -> permissions of the built-in roles, then of ``custom`` ones by name.

    A built-in role cannot be replaced.
    """
    return {**BUILTIN_ROLES, **{n: custom[n] for n in sorted(custom) if n not in BUILTIN_ROLES}}


def permissions_of(
    bindings: Iterable[tuple[str, str]], roles: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Return project (or ``*``) -> the permissions of all roles there.

    ``bindings`` are pairs of a project and a role. A role that does not exist any more allows
    nothing.
    """
    found: dict[str, frozenset[str]] = {}
    for project, role in bindings:
        found[project] = found.get(project, frozenset()) | roles.get(role, frozenset())
    return found


def ensure_may_give(giver: Principal, project: str, permissions: Iterable[str]) -> None:
    """Raise ``MissingPermissionError`` for the first of ``permissions`` that ``giver`` lacks.

    ``project`` is the id of one, or ``*``: what holds in all projects can be given only by who has
    it in all.
    """
    for permission in sorted(permissions):
        giver.require(permission, project)


def ensure_may_act_as(giver: Principal, other: Principal) -> None:
    """Raise ``RefusedError`` unless ``giver`` may do all that ``other`` may.

    A limited token makes no token of other scopes, even where both allow the same today: rights
    that its owner gets later are not its own.
    """
    for project in other.permissions:
        ensure_may_give(giver, project, other.allowed(project))
    if giver.expires is not None and (other.expires is None or other.expires > giver.expires):
        raise RefusedError(
            "a token creates no token that ends after itself",
            code="token-lifetime-exceeded",
            hint="ask for an earlier end, or log in again",
        )
    if giver.scopes is None:
        return
    if other.scopes is None or not other.scopes <= giver.scopes:
        raise RefusedError(
            "a token with scopes creates no token with others",
            code="token-scopes-exceeded",
            hint=f"ask for scopes among these: {', '.join(sorted(giver.scopes))}",
        )
