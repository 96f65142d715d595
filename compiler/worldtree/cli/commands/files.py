"""``wt files``: what roles wrote beside playbook and inventory, kept for the next task."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.completions import complete_known_cluster
from worldtree.cli.output import output_option, write_data
from worldtree.cli.table import Row, write_table
from worldtree.core.errors import ExitCode


@click.command(cls=Command, exit_codes={ExitCode.INPUT: "unknown cluster"})
@click.argument("cluster", shell_complete=complete_known_cluster)
@output_option
def files(cluster: str, output: str) -> None:
    """List the files that roles wrote on the control side.

    A role that writes below `playbook_dir` or `inventory_dir`, such as with the lookup `password`
    or with `fetch`, finds its files in every later task of the cluster. They are in a directory
    that only you can read, and may be passwords: no content is shown. Roles write a deleted one
    anew.
    """
    from worldtree.app.views.files import kept_files_view

    kept = application().kept_files(cluster)
    view = kept_files_view(kept)
    if output != "table":
        write_data(view, output)
        return
    rows: list[Row] = [[one["path"], str(one["size"]), one["modified"]] for one in view["items"]]
    write_table(["FILE", "BYTES", "MODIFIED"], rows)
    if kept.directory.is_dir():
        click.echo(f"directory: {kept.directory}", err=True)
