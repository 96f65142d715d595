"""``wt group``: roles of the groups that an identity provider names."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.commands.user import chosen_place
from worldtree.cli.completions import complete_project, complete_user_role
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode

_UNKNOWN = {ExitCode.INPUT: "unknown role or project, or invalid group"}
_group = click.argument("name", metavar="GROUP")
_role = click.argument("role", shell_complete=complete_user_role)
_project = click.option(
    "--project", metavar="NAME", shell_complete=complete_project, help="The project."
)
_all_projects = click.option(
    "--all-projects", is_flag=True, help="All projects, also those that are created later."
)


@click.group(cls=Group)
def group() -> None:
    """Manage the roles of groups of an identity provider.

    A user has the roles of the groups that the provider named at the user's last login. Each change
    is in `wt audit`.
    """


@group.command(exit_codes=_UNKNOWN)
@_group
@_role
@_project
@_all_projects
def grant(name: str, role: str, project: str | None, all_projects: bool) -> None:
    """Give the users of a group a role in a project."""
    changed = application().access.grant_group(name, role, chosen_place(project, all_projects))
    click.echo(f"group `{name}` {'has' if changed else 'had'} the role `{role}` there", err=True)


@group.command(exit_codes=_UNKNOWN)
@_group
@_role
@_project
@_all_projects
def revoke(name: str, role: str, project: str | None, all_projects: bool) -> None:
    """Take a role in a project from the users of a group."""
    changed = application().access.revoke_group(name, role, chosen_place(project, all_projects))
    words = "has no longer" if changed else "did not have"
    click.echo(f"group `{name}` {words} the role `{role}` there", err=True)


@group.command("list")
@output_option
def list_(output: str) -> None:
    """List the roles of all groups."""
    from worldtree.app.views.access import group_roles_view
    from worldtree.cli.access_tables import write_group_roles

    found = group_roles_view(application().access.list_group_roles())
    if output != "table":
        write_data(found, output)
    elif found["items"]:
        write_group_roles(found["items"])
    else:
        click.echo("no group has a role yet: `wt group grant` gives the first", err=True)
