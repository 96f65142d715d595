"""``wt db``: work on the database as a whole."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode


@click.group(cls=Group)
def db() -> None:
    """Upgrade the database."""


@db.command(
    exit_codes={
        ExitCode.OK: "the database has the schema of this program",
        ExitCode.FAILED: "the database cannot be used, or is of a newer program",
    }
)
@output_option
def upgrade(output: str) -> None:
    """Upgrade the schema of the database, or create the database.

    A file in the state directory is upgraded by the first command that opens it; a database on a
    server (WORLDTREE_DATABASE_URL) only by this command, so that no program surprises the others
    that use it. Programs of the version before go on meanwhile, and so do their tasks: upgrade the
    database first, then the programs.
    """
    from worldtree.app.views.admin import upgrade_view

    found = application().database.upgrade()
    if output != "table":
        write_data(upgrade_view(found), output)
    elif found.before == found.after:
        click.echo(f"{found.database}: schema {found.after}, nothing to do")
    else:
        click.echo(f"{found.database}: schema {found.before or 'none'} → {found.after}")
