"""Users, their tokens and roles; definitions of roles."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from worldtree.api.answers import JsonAnswer
from worldtree.api.authentication import Access
from worldtree.api.bodies import json_only
from worldtree.api.parameters import NO_NULL, Name, RoleProject
from worldtree.app.authorized.access import remaining_lifetime
from worldtree.auth.tokens import TokenKind

router = APIRouter(tags=["access"])
_JSON = [Depends(json_only)]
_DEFAULT_LIFETIME = 90 * 86400.0
_Text = Annotated[str, Field(max_length=200, pattern=NO_NULL)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewUser(_Body):
    """A user to create."""

    name: _Text


class ChangedUser(_Body):
    """What to change of a user."""

    disabled: bool


class WantedPassword(BaseModel):
    """A password for a user."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    new: Annotated[str, Field(min_length=1, max_length=2000)]


class WantedToken(_Body):
    """A token to create; it is shown in the answer alone."""

    name: _Text = ""
    #: None for all permissions of its owner.
    scopes: list[_Text] | None = Field(default=None, max_length=100)
    #: Seconds from now; null for one that does not expire. By default 90 days, or as long as what
    #: the caller asks with.
    expires_in: float | None = Field(default=_DEFAULT_LIFETIME, gt=0)
    #: Whether it is that of a program.
    service: bool = False


class WantedRole(_Body):
    """The permissions of a role."""

    permissions: list[_Text] = Field(max_length=100)


@router.get("/users")
def list_users(app: Access) -> Response:
    """List the users with their roles."""
    return JsonAnswer(app.users())


@router.post("/users", status_code=201, dependencies=_JSON)
def create_user(app: Access, sent: NewUser) -> Response:
    """Create a user, who has no rights yet."""
    return JsonAnswer(app.create_user(sent.name), 201)


@router.get("/users/{name}")
def get_user(app: Access, name: Name) -> Response:
    """Return a user with its roles."""
    return JsonAnswer(app.user(name))


@router.patch("/users/{name}", dependencies=_JSON)
def change_user(app: Access, name: Name, sent: ChangedUser) -> Response:
    """Disable or enable a user: all its tokens and sessions are refused, or accepted again."""
    return JsonAnswer(app.set_user_disabled(name, disabled=sent.disabled))


@router.put("/users/{name}/password", status_code=204, dependencies=_JSON)
def set_user_password(app: Access, name: Name, sent: WantedPassword) -> Response:
    """Set the password of a local user who may do nothing that the caller may not.

    Its sessions end.
    """
    app.set_user_password(name, sent.new)
    return Response(status_code=204)


@router.delete("/users/{name}/password", status_code=204)
def remove_user_password(app: Access, name: Name) -> Response:
    """Remove the password of a user: it has tokens alone. Its sessions end."""
    app.set_user_password(name, None)
    return Response(status_code=204)


@router.get("/users/{name}/tokens")
def list_user_tokens(app: Access, name: Name) -> Response:
    """List the tokens of a user, without their secrets."""
    return JsonAnswer(app.tokens(name))


@router.post("/users/{name}/tokens", status_code=201, dependencies=_JSON)
def create_user_token(app: Access, name: Name, sent: WantedToken | None = None) -> Response:
    """Create a token of a user who may do nothing that the caller may not."""
    return JsonAnswer(app.create_token(name, **token_options(app, sent)), 201)


@router.delete("/users/{name}/tokens/{key}", status_code=204)
def revoke_user_token(app: Access, name: Name, key: Name) -> Response:
    """Refuse a token of a user from now on."""
    app.revoke_token(name, key)
    return Response(status_code=204)


@router.put("/users/{name}/roles/{role}", status_code=204)
def grant_role(app: Access, name: Name, role: Name, project: RoleProject) -> Response:
    """Give a user a role in a project, or in all; it takes `role:manage` there."""
    app.grant(name, role, project.replace("\0", ""))
    return Response(status_code=204)


@router.delete("/users/{name}/roles/{role}", status_code=204)
def revoke_role(app: Access, name: Name, role: Name, project: RoleProject) -> Response:
    """Take a role in a project from a user; it takes `role:manage` there."""
    app.revoke(name, role, project.replace("\0", ""))
    return Response(status_code=204)


@router.get("/roles")
def list_roles(app: Access) -> Response:
    """List the roles with their permissions."""
    return JsonAnswer(app.roles())


@router.put("/roles/{name}", dependencies=_JSON)
def set_role(app: Access, name: Name, sent: WantedRole) -> Response:
    """Create a role, or replace its permissions for all who have it."""
    return JsonAnswer(app.set_role(name, sent.permissions))


@router.delete("/roles/{name}", status_code=204)
def delete_role(app: Access, name: Name) -> Response:
    """Delete a role that nobody has."""
    app.delete_role(name)
    return Response(status_code=204)


def token_options(app: Access, sent: WantedToken | None) -> dict[str, Any]:
    """Return the options of a token to create."""
    wanted = sent or WantedToken()
    lifetime = wanted.expires_in
    if "expires_in" not in wanted.model_fields_set:
        lifetime = remaining_lifetime(app.principal, _DEFAULT_LIFETIME)
    kind = TokenKind.SERVICE if wanted.service else TokenKind.PERSON
    return {"name": wanted.name, "scopes": wanted.scopes, "lifetime": lifetime, "kind": kind}
