"""Users, roles, tokens and projects; no secret but the token that was just created."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.app.admin.access import NewToken, RoleRecord, UserWithRoles
    from worldtree.app.approvals.approval_rules import ApprovalRules
    from worldtree.store.group_roles import GroupRole
    from worldtree.store.projects import ProjectRecord
    from worldtree.store.sessions import SessionRecord
    from worldtree.store.tokens import TokenRecord


def user_view(found: UserWithRoles) -> dict[str, Any]:
    """Return a user with its roles; ``project`` is a name, or ``*`` for all projects."""
    user = found.user
    return {
        "name": user.name,
        "status": "active" if user.disabled is None else "disabled",
        "issuer": user.issuer,
        "roles": [{"role": one.role, "project": one.project_name} for one in found.roles],
        "created": utc_text(user.created),
        "disabled": utc_text(user.disabled),
    }


def user_list_view(found: Iterable[UserWithRoles]) -> dict[str, Any]:
    """Return users."""
    return {"items": [user_view(one) for one in found]}


def role_view(found: RoleRecord) -> dict[str, Any]:
    """Return a role with its permissions."""
    permissions = list(found.permissions)
    return {"name": found.name, "builtin": found.is_builtin, "permissions": permissions}


def role_list_view(found: Iterable[RoleRecord]) -> dict[str, Any]:
    """Return roles."""
    return {"items": [role_view(one) for one in found]}


def token_view(found: TokenRecord) -> dict[str, Any]:
    """Return a token without its secret; ``scopes`` is null for all rights of its owner."""
    return {
        "id": found.id,
        "user": found.user,
        "name": found.name,
        "scopes": None if found.scopes is None else sorted(found.scopes),
        "status": found.status(time.time()).value,
        "created": utc_text(found.created),
        "expires": utc_text(found.expires),
        "used": utc_text(found.used),
        "revoked": utc_text(found.revoked),
    }


def new_token_view(found: NewToken) -> dict[str, Any]:
    """Return a new token with its secret, which is shown here only."""
    return {**token_view(found.record), "token": found.token}


def login_view(found: NewToken) -> dict[str, Any]:
    """Return the token of a login."""
    record = found.record
    return {"token": found.token, "expires": utc_text(record.expires), "user": record.user}


def token_list_view(found: Iterable[TokenRecord]) -> dict[str, Any]:
    """Return tokens."""
    return {"items": [token_view(one) for one in found]}


def session_view(found: SessionRecord) -> dict[str, Any]:
    """Return a session without its secret."""
    return {
        "id": found.id,
        "user": found.user,
        "provider": found.provider,
        "address": found.address,
        "agent": found.agent,
        "created": utc_text(found.created),
        "used": utc_text(found.used),
        "expires": utc_text(found.expires),
    }


def session_list_view(found: Iterable[SessionRecord]) -> dict[str, Any]:
    """Return sessions."""
    return {"items": [session_view(one) for one in found]}


def group_roles_view(found: Iterable[GroupRole]) -> dict[str, Any]:
    """Return the roles of groups; ``project`` is a name, or ``*`` for all projects."""
    return {
        "items": [
            {"group": one.group, "role": one.role, "project": one.project_name} for one in found
        ]
    }


def project_view(found: ProjectRecord) -> dict[str, Any]:
    """Return a project."""
    return {"name": found.name, "id": found.id, "created": utc_text(found.created)}


def project_settings_view(
    found: ProjectRecord, task_limit: int | None, rules: ApprovalRules
) -> dict[str, Any]:
    """Return a project with its limits (null for none) and its rules about approvals."""
    return {
        **project_view(found),
        "limits": {"tasks": task_limit},
        "approvals": rules.model_dump(mode="json"),
    }


def project_list_view(found: Iterable[ProjectRecord]) -> dict[str, Any]:
    """Return projects."""
    return {"items": [project_view(one) for one in found]}
