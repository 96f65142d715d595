"""``wt roles``: inspect Ansible roles before using them."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.completions import complete_role
from worldtree.cli.options import role_directories
from worldtree.cli.output import output_option, write_data
from worldtree.cli.table import write_table
from worldtree.core.errors import ExitCode

_paths = (
    click.option(
        "--roles-path",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Directory of roles; may be repeated.  [default: ./roles]",
    ),
    click.option(
        "--collections-path",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Directory of collections; may be repeated.  [default: ./collections]",
    ),
)


def _path_options(function: click.decorators.FC) -> click.decorators.FC:
    for option in reversed(_paths):
        function = option(function)
    return function


@click.group(cls=Group)
def roles() -> None:
    """Inspect Ansible roles.

    Roles are read, never run: entry points, variables, whether they can be rolled back, and
    whether their check mode is reliable.
    """


@roles.command("list")
@click.argument(
    "directory",
    required=False,
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
)
@_path_options
@output_option
def list_(
    directory: Path | None,
    roles_path: tuple[Path, ...],
    collections_path: tuple[Path, ...],
    output: str,
) -> None:
    """List the roles that a document can use, or all roles below DIRECTORY.

    DIRECTORY is a directory of roles, one with `roles/` directories in it, or a role. A nested role
    is listed by its path, such as `kubernetes/node`, which is how a document calls it.
    """
    from worldtree.app.views.documents import role_list_view

    reference = application().reference
    if directory is not None and (roles_path or collections_path):
        msg = "DIRECTORY cannot be combined with --roles-path and --collections-path."
        raise click.UsageError(msg)
    found = (
        reference.list_roles(reference.roles(*role_directories(roles_path, collections_path)))
        if directory is None
        else reference.list_roles_below(directory)
    )
    if output != "table":
        write_data(role_list_view(found), output)
        return
    write_table(
        ["ROLE", "FROM", "ENTRIES", "CHECKED", "UNDO", "CHECK MODE", "SUMMARY"],
        [
            [
                role.name,
                role.origin,
                ", ".join(role.entries),
                "yes" if role.has_specs else "no",
                "yes" if role.reversible else "no",
                role.check_mode,
                role.summary,
            ]
            for role in found
        ],
        spare=["FROM"],
    )


@roles.command()
@click.argument("role", shell_complete=complete_role)
@_path_options
@output_option
def show(
    role: str, roles_path: tuple[Path, ...], collections_path: tuple[Path, ...], output: str
) -> None:
    """Show the report on a role.

    ROLE is a name or a directory.
    """
    reference = application().reference
    index = reference.roles(*role_directories(roles_path, collections_path))
    found = reference.show_role(index, role)
    if output == "table":
        from worldtree.cli.role_text import write_role

        write_role(found)
    else:
        from worldtree.app.views.documents import role_view

        write_data(role_view(found), output)


@roles.command(exit_codes={ExitCode.INPUT: "the role has an error or does not exist"})
@click.argument("role", shell_complete=complete_role)
@_path_options
@output_option
def check(
    role: str, roles_path: tuple[Path, ...], collections_path: tuple[Path, ...], output: str
) -> int:
    """Check a role for problems.

    ROLE is a name or a directory. Errors make documents that use the role invalid; warnings are
    parts that cannot be checked or undone.
    """
    from worldtree.app.views.documents import diagnostics_view
    from worldtree.cli.error_output import show_diagnostics

    reference = application().reference
    index = reference.roles(*role_directories(roles_path, collections_path))
    found = reference.check_role(index, role)
    if output == "table":
        show_diagnostics(found)
        if not found:
            click.echo(f"{role}: no problems")
    else:
        write_data(diagnostics_view(found), output)
    return ExitCode.INPUT if any(d.is_error for d in found) else ExitCode.OK
