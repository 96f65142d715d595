"""``wt --server URL user``, ``project``: users, roles and projects of a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from worldtree.cli.access_tables import show_user, write_projects, write_roles, write_users
from worldtree.cli.output import write_data
from worldtree.cli.remote.connect import open_service
from worldtree.remote.client import quoted
from worldtree.remote.problems import ServerError
from worldtree.remote.service import RemoteService, with_keys

_USER_KEYS = ("name", "status", "roles", "created")
_ROLE_KEYS = ("name", "builtin", "permissions")
_PROJECT_KEYS = ("name", "id", "created")


def create_user(*, name: str, output: str) -> None:
    """Create a user, who has no rights yet."""
    found = open_service().client.post_once("/users", {"name": name})
    words = f"user `{name}` created: `wt user grant {name} ROLE --project NAME` gives rights"
    show_user(with_keys(found, "/users", *_USER_KEYS), output, words)


def list_users(*, output: str) -> None:
    """List the users with their roles."""
    items = open_service().whole_list("/users", *_USER_KEYS)
    if output != "table":
        write_data({"items": items}, output)
    elif items:
        write_users(items)
    else:
        click.echo("no users yet: `wt user create` creates the first", err=True)


def disable_user(*, name: str, output: str) -> None:
    """Refuse all tokens of a user from now on."""
    changed, found = _set_disabled(name, disabled=True)
    words = "is disabled" if changed else "was disabled"
    show_user(found, output, f"user `{name}` {words}")


def enable_user(*, name: str, output: str) -> None:
    """Accept the tokens of a disabled user again."""
    changed, found = _set_disabled(name, disabled=False)
    words = "is enabled, with the roles and tokens it had" if changed else "was not disabled"
    show_user(found, output, f"user `{name}` {words}")


def set_password(*, name: str, stdin: bool, remove: bool) -> None:
    """Set or remove the password of a user."""
    from worldtree.cli.commands.user import read_password, say_password

    path = f"/users/{quoted(name)}"
    service = open_service()
    service.mapping(path)  # An unknown user is no reason to ask for a password.
    if remove:
        service.client.delete(f"{path}/password")
    else:
        service.client.change("PUT", f"{path}/password", {"new": read_password(stdin)})
    say_password(name, is_removed=remove)


def grant(*, name: str, role: str, project: str | None, all_projects: bool, output: str) -> None:
    """Give a user a role in a project."""
    changed, found = _bind("PUT", name, role, project, all_projects=all_projects)
    if found is None:
        _say_unseen(f"user `{name}` has the role `{role}`", output)
    else:
        words = "has" if changed else "had"
        show_user(found, output, f"user `{name}` {words} the role `{role}`")


def revoke(*, name: str, role: str, project: str | None, all_projects: bool, output: str) -> None:
    """Take a role in a project from a user."""
    changed, found = _bind("DELETE", name, role, project, all_projects=all_projects)
    if found is None:
        _say_unseen(f"user `{name}` does not have the role `{role}` there", output)
    else:
        words = "has no longer" if changed else "did not have"
        show_user(found, output, f"user `{name}` {words} the role `{role}` there")


def roles(*, output: str) -> None:
    """List the roles with their permissions."""
    items = open_service().whole_list("/roles", *_ROLE_KEYS)
    if output == "table":
        write_roles(items)
    else:
        write_data({"items": items}, output)


def set_role(*, role: str, permissions: tuple[str, ...], output: str) -> None:
    """Create a role, or replace the permissions of one."""
    path, body = f"/roles/{quoted(role)}", {"permissions": list(permissions)}
    found = with_keys(open_service().client.change("PUT", path, body), path, *_ROLE_KEYS)
    click.echo(f"role `{role}` allows: {', '.join(found['permissions'])}", err=True)
    if output != "table":
        write_data(found, output)


def delete_role(*, role: str) -> None:
    """Delete a role that no user has."""
    open_service().client.delete(f"/roles/{quoted(role)}")
    click.echo(f"role `{role}` deleted", err=True)


def create_project(*, name: str, output: str) -> None:
    """Create a project."""
    found = open_service().client.post("/projects", {"name": name})
    with_keys(found, "/projects", *_PROJECT_KEYS)
    click.echo(f"project `{name}` created", err=True)
    if output != "table":
        write_data(found, output)


def list_projects(*, output: str) -> None:
    """List the projects that the caller may see."""
    items = open_service().whole_list("/projects", *_PROJECT_KEYS)
    if output == "table":
        write_projects(items)
    else:
        write_data({"items": items}, output)


def _user(service: RemoteService, name: str) -> Mapping[str, Any]:
    path = f"/users/{quoted(name)}"
    return with_keys(service.mapping(path), path, *_USER_KEYS)


def _set_disabled(name: str, *, disabled: bool) -> tuple[bool, Mapping[str, Any]]:
    """Disable or enable a user; return whether that changed anything, and the user."""
    service, path = open_service(), f"/users/{quoted(name)}"
    before = _user(service, name)
    found = service.client.change("PATCH", path, {"disabled": disabled})
    after = with_keys(found, path, *_USER_KEYS)
    return before["status"] != after["status"], after


def _bind(
    method: str, name: str, role: str, project: str | None, *, all_projects: bool
) -> tuple[bool, Mapping[str, Any] | None]:
    """Give or take a role; return whether that changed anything, and the user.

    None for the user: who may give roles in one project may not see users.
    """
    from worldtree.cli.commands.user import chosen_place

    where, service = chosen_place(project, all_projects), open_service()
    try:
        before: Mapping[str, Any] | None = _user(service, name)
    except ServerError as problem:
        if problem.code != "permission-missing":
            raise
        before = None
    path = f"/users/{quoted(name)}/roles/{quoted(role)}"
    service.client.change(method, path, project=where)
    if before is None:
        return True, None
    after = _user(service, name)
    return before["roles"] != after["roles"], after


def _say_unseen(words: str, output: str) -> None:
    click.echo(f"{words}; you may not see all of its roles", err=True)
    if output != "table":
        write_data({}, output)
