"""Tables of users, roles, tokens and projects; each gets what ``app/views/access.py`` returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from worldtree.cli.output import write_data
from worldtree.cli.table import Cell, write_table
from worldtree.cli.time_text import shown_time

#: Status -> colour.
_COLOURS = {"active": "green", "valid": "green", "disabled": "yellow", "expired": "yellow"}
_Items = Sequence[Mapping[str, Any]]


def write_users(items: _Items) -> None:
    """Print a line for each user."""
    rows = [
        [one["name"], _status(one), roles_text(one), shown_time(one["created"])] for one in items
    ]
    write_table(["USER", "STATUS", "ROLES", "CREATED"], rows, spare=["CREATED"])


def show_user(found: Mapping[str, Any], output: str, words: str) -> None:
    """Print what was done (``words``) on stderr, and how the user is now on stdout."""
    click.echo(f"{words}; its roles: {roles_text(found) or 'none'}", err=True)
    if output != "table":
        write_data(found, output)


def show_new_token(found: Mapping[str, Any], output: str) -> None:
    """Print a new token, which is its only time, on stdout."""
    end = found["expires"] or "never"
    words = f"token {found['id']} of `{found['user']}` created: {scopes_text(found)}"
    click.echo(f"{words}, expires: {end}", err=True)
    if output == "table":
        click.echo(found["token"])
    else:
        write_data(found, output)


def write_roles(items: _Items) -> None:
    """Print a line for each role."""
    rows = [
        [one["name"], "yes" if one["builtin"] else "no", ", ".join(one["permissions"])]
        for one in items
    ]
    write_table(["ROLE", "BUILT-IN", "PERMISSIONS"], rows, spare=["BUILT-IN"])


def write_tokens(items: _Items) -> None:
    """Print a line for each token."""
    rows = [
        [
            one["id"],
            one["user"],
            one["name"],
            _status(one),
            shown_time(one["expires"]) or "never",
            shown_time(one["used"]) or "never",
            scopes_text(one),
        ]
        for one in items
    ]
    columns = ["ID", "USER", "NAME", "STATUS", "EXPIRES", "USED", "SCOPES"]
    write_table(columns, rows, spare=["USED", "NAME", "EXPIRES"])


def write_group_roles(items: _Items) -> None:
    """Print a line for each role of a group."""
    rows = [
        [one["group"], one["role"], "all" if one["project"] == "*" else one["project"]]
        for one in items
    ]
    write_table(["GROUP", "ROLE", "PROJECT"], rows)


def write_projects(items: _Items) -> None:
    """Print a line for each project."""
    rows = [[one["name"], one["id"], shown_time(one["created"])] for one in items]
    write_table(["PROJECT", "ID", "CREATED"], rows, spare=["CREATED"])


def roles_text(user: Mapping[str, Any]) -> str:
    """Return the roles of a user, such as ``member in shop, viewer in all projects``."""
    return ", ".join(
        f"{one['role']} in {'all projects' if one['project'] == '*' else one['project']}"
        for one in user["roles"]
    )


def scopes_text(token: Mapping[str, Any]) -> str:
    """Return what a token is limited to."""
    return "all rights" if token["scopes"] is None else ", ".join(token["scopes"])


def _status(one: Mapping[str, Any]) -> Cell:
    return Cell(one["status"], _COLOURS.get(one["status"], "red"))
