"""``wt user``: users of the service and their roles."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group, HintedUsageError
from worldtree.cli.completions import (
    complete_permission,
    complete_project,
    complete_user,
    complete_user_role,
)
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.admin.access import AccessService

#: What is read of stdin: more than any password.
_MAX_PASSWORD_BYTES = 10_000
_UNKNOWN = {ExitCode.INPUT: "unknown user, role or project"}
_user = click.argument("name", metavar="USER", shell_complete=complete_user)
_role = click.argument("role", shell_complete=complete_user_role)
_project = click.option(
    "--project", metavar="NAME", shell_complete=complete_project, help="The project."
)
_all_projects = click.option(
    "--all-projects", is_flag=True, help="All projects, also those that are created later."
)


@click.group(cls=Group)
def user() -> None:
    """Manage the users of the service and their roles.

    These commands work on the database of this machine's settings, and need no login: they are for
    its owner. Each change is in `wt audit`.
    """


@user.command(
    exit_codes={ExitCode.INPUT: "invalid name", ExitCode.REFUSED: "the name is taken"},
)
@click.argument("name", metavar="USER")
@output_option
def create(name: str, output: str) -> None:
    """Create a user, who has no rights yet."""
    access = application().access
    access.create_user(name)
    _show(
        access,
        name,
        output,
        f"user `{name}` created: `wt user grant {name} ROLE --project NAME` gives rights",
    )


@user.command("list")
@output_option
def list_(output: str) -> None:
    """List the users with their roles."""
    from worldtree.app.views.access import user_list_view
    from worldtree.cli.access_tables import write_users

    found = user_list_view(application().access.list_users())
    if output != "table":
        write_data(found, output)
    elif found["items"]:
        write_users(found["items"])
    else:
        click.echo("no users yet: `wt user create` creates the first", err=True)


@user.command(exit_codes=_UNKNOWN)
@_user
@output_option
def disable(name: str, output: str) -> None:
    """Refuse all tokens of a user from now on."""
    access = application().access
    changed = access.disable_user(name)
    _show(access, name, output, f"user `{name}` {'is disabled' if changed else 'was disabled'}")


@user.command(exit_codes=_UNKNOWN)
@_user
@output_option
def enable(name: str, output: str) -> None:
    """Accept the tokens of a disabled user again."""
    access = application().access
    changed = access.enable_user(name)
    words = "is enabled, with the roles and tokens it had" if changed else "was not disabled"
    _show(access, name, output, f"user `{name}` {words}")


@user.command(exit_codes=_UNKNOWN)
@_user
@_role
@_project
@_all_projects
@output_option
def grant(name: str, role: str, project: str | None, all_projects: bool, output: str) -> None:
    """Give a user a role in a project.

    `wt user roles` lists the roles with their permissions. Several roles add up.
    """
    access, where = application().access, chosen_place(project, all_projects)
    changed = access.grant(name, role, where)
    _show(access, name, output, f"user `{name}` {'has' if changed else 'had'} the role `{role}`")


@user.command(exit_codes=_UNKNOWN)
@_user
@_role
@_project
@_all_projects
@output_option
def revoke(name: str, role: str, project: str | None, all_projects: bool, output: str) -> None:
    """Take a role in a project from a user.

    `--all-projects` takes a role that was given with it.
    """
    access, where = application().access, chosen_place(project, all_projects)
    changed = access.revoke(name, role, where)
    words = "has no longer" if changed else "did not have"
    _show(access, name, output, f"user `{name}` {words} the role `{role}` there")


@user.command(
    exit_codes={
        ExitCode.INPUT: "unknown user",
        ExitCode.REFUSED: "the password is too short, or the user has none here",
    }
)
@_user
@click.option("--stdin", is_flag=True, help="Read the password from stdin, up to its end.")
@click.option("--remove", is_flag=True, help="Remove the password: the user has tokens alone.")
def password(name: str, stdin: bool, remove: bool) -> None:
    """Set the password with which a user logs in in a browser.

    It is asked for on the terminal. The sessions of the user end; tokens stay.
    """
    access = application().access
    access.user(name)
    if remove:
        access.remove_password(name)
    else:
        access.set_password(name, read_password(stdin))
    say_password(name, is_removed=remove)


def say_password(name: str, *, is_removed: bool) -> None:
    """Say on stderr that the password of a user was changed."""
    words = "has no password any more" if is_removed else "has a new password"
    click.echo(f"user `{name}` {words}; its sessions have ended", err=True)


def read_password(stdin: bool) -> str:
    """Return a new password, from stdin or from the terminal. Raises ``HintedUsageError``."""
    from worldtree.app.ports import Question
    from worldtree.cli.terminal_prompt import terminal_prompt

    if stdin:
        try:
            # A closed stream is None.
            found = b"" if sys.stdin is None else sys.stdin.buffer.read(_MAX_PASSWORD_BYTES)
            return found.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise HintedUsageError(
                "the password is not UTF-8", hint="send it as UTF-8 text"
            ) from error
    ask = terminal_prompt()
    if ask is None:
        raise HintedUsageError(
            "there is no terminal to ask for the password",
            hint="add `--stdin` and send the password there",
        )
    return ask(Question("new password", is_confirmed=True))


@user.command()
@output_option
def roles(output: str) -> None:
    """List the roles with their permissions."""
    from worldtree.app.views.access import role_list_view
    from worldtree.cli.access_tables import write_roles

    found = role_list_view(application().access.list_roles())
    if output == "table":
        write_roles(found["items"])
    else:
        write_data(found, output)


@user.command(
    "set-role",
    exit_codes={
        ExitCode.INPUT: "invalid name, or unknown permission",
        ExitCode.REFUSED: "the role is built in",
    },
)
@click.argument("role")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    required=True,
    metavar="PERMISSION",
    shell_complete=complete_permission,
    help="What the role allows, such as `task:get`; may be repeated.",
)
@output_option
def set_role(role: str, permissions: tuple[str, ...], output: str) -> None:
    """Create a role, or replace the permissions of one.

    The change holds at once for all users who have the role.
    """
    from worldtree.app.views.access import role_view

    found = role_view(application().access.set_role(role, permissions))
    click.echo(f"role `{role}` allows: {', '.join(found['permissions'])}", err=True)
    if output != "table":
        write_data(found, output)


@user.command(
    "delete-role",
    exit_codes={
        ExitCode.INPUT: "unknown role",
        ExitCode.REFUSED: "the role is built in, or users have it",
    },
)
@_role
def delete_role(role: str) -> None:
    """Delete a role that no user has."""
    application().access.delete_role(role)
    click.echo(f"role `{role}` deleted", err=True)


def chosen_place(project: str | None, all_projects: bool) -> str:
    """Return the name of the project, or ``*`` for all."""
    if all_projects and project is None:
        return "*"
    if all_projects or project is None:
        raise HintedUsageError(
            "one of --project and --all-projects is needed",
            hint="add `--project NAME`; `wt project list` shows all projects",
        )
    return project


def _show(access: AccessService, name: str, output: str, words: str) -> None:
    from worldtree.app.views.access import user_view
    from worldtree.cli.access_tables import show_user

    show_user(user_view(access.user(name)), output, words)
