"""``wt roles``: what WorldTree sees in roles, before a team uses them."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
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
    """Show what WorldTree sees in Ansible roles.

    Roles are read, never run: entry points, variables, whether their work can be undone, and
    whether check mode can be trusted with them.
    """


@roles.command("list")
@_path_options
@output_option
def list_(roles_path: tuple[Path, ...], collections_path: tuple[Path, ...], output: str) -> None:
    """List the roles that a document could use."""
    reference = application().reference
    found = reference.list_roles(reference.roles(*_or_default(roles_path, collections_path)))
    if output != "table":
        write_data({"items": [role.model_dump(mode="json") for role in found]}, output)
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
@click.argument("role")
@_path_options
@output_option
def show(
    role: str, roles_path: tuple[Path, ...], collections_path: tuple[Path, ...], output: str
) -> None:
    """Show everything that reading tells about a role.

    ROLE is a name or a directory.
    """
    reference = application().reference
    index = reference.roles(*_or_default(roles_path, collections_path))
    found = reference.show_role(index, role)
    if output == "table":
        from worldtree.cli.role_text import write_role

        write_role(found)
    else:
        write_data(found.model_dump(mode="json"), output)


@roles.command(exit_codes={ExitCode.INPUT: "the role has an error, or there is none of that name"})
@click.argument("role")
@_path_options
@output_option
def check(
    role: str, roles_path: tuple[Path, ...], collections_path: tuple[Path, ...], output: str
) -> int:
    """Say what is wrong with a role.

    ROLE is a name or a directory. Errors are what would stop a document that uses it; warnings are
    what cannot be checked or undone.
    """
    from worldtree.cli.error_output import show_diagnostics
    from worldtree.spec.diagnostics_text import as_dict

    reference = application().reference
    index = reference.roles(*_or_default(roles_path, collections_path))
    found = reference.check_role(index, role)
    if output == "table":
        show_diagnostics(found)
        if not found:
            click.echo(f"{role}: nothing found")
    else:
        write_data({"items": [as_dict(d) for d in found]}, output)
    return ExitCode.INPUT if any(d.is_error for d in found) else ExitCode.OK


def _or_default(
    role_paths: tuple[Path, ...], collection_paths: tuple[Path, ...]
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    return role_paths or (Path("roles"),), collection_paths or (Path("collections"),)
