"""Roles of the groups that an identity provider names."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from worldtree.api.answers import PAGE, JsonAnswer
from worldtree.api.authentication import Access
from worldtree.api.parameters import NO_NULL, Name, RoleProject

router = APIRouter(prefix="/groups", tags=["access"])
#: Names of groups may have slashes, as those of Keycloak.
_Group = Annotated[
    str, Path(min_length=1, max_length=255, pattern=NO_NULL, description="May have slashes.")
]


@router.get("", responses=PAGE)
def list_groups(app: Access) -> Response:
    """List the roles of groups in the projects where the caller may manage roles."""
    return JsonAnswer(app.groups())


@router.put("/{group:path}/roles/{role}", status_code=204)
def grant_group_role(app: Access, group: _Group, role: Name, project: RoleProject) -> Response:
    """Give the users of a group a role in a project, or in all; it takes `role:manage` there."""
    app.grant_group(group, role, project.replace("\0", ""))
    return Response(status_code=204)


@router.delete("/{group:path}/roles/{role}", status_code=204)
def revoke_group_role(app: Access, group: _Group, role: Name, project: RoleProject) -> Response:
    """Take a role in a project from the users of a group; it takes `role:manage` there."""
    app.revoke_group(group, role, project.replace("\0", ""))
    return Response(status_code=204)
