"""``wt doctor``: check this machine and the state directory."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode


@click.command(
    cls=Command, exit_codes={ExitCode.OK: "no problems", ExitCode.FAILED: "there are problems"}
)
@output_option
def doctor(output: str) -> int:
    """Check this machine and the state directory.

    Checks versions, the internals of Ansible that WorldTree uses, ssh, the disk use of
    WORLDTREE_HOME, free space, the database schema, and interrupted tasks. Creates nothing; only
    migrates an old database schema, as every command does.
    """
    from worldtree.app.views.admin import health_view
    from worldtree.cli.maintenance_text import format_bytes
    from worldtree.cli.table import Cell, Row, write_table

    found = application().doctor.run_checks()
    if output == "table":
        rows: list[Row] = []
        for one in found:
            sizes = ", ".join(
                f"{part} {format_bytes(number)}" for part, number in one.sizes.items()
            )
            detail = f"{one.detail}: {sizes}" if sizes else one.detail
            symbol = Cell("ok", "green") if one.ok else Cell("PROBLEM", "red")
            rows.append([symbol, one.name, detail, one.hint])
        columns = ["", "CHECK", "RESULT", "HELP"]
        if not any(one.hint for one in found):
            # No problem needs help.
            columns, rows = columns[:-1], [row[:-1] for row in rows]
        write_table(columns, rows)
    else:
        write_data(health_view(found), output)
    return ExitCode.OK if all(one.ok for one in found) else ExitCode.FAILED
