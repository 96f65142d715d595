"""``wt doctor``: is everything here that a task needs, and what takes the room."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode


@click.command(
    cls=Command, exit_codes={ExitCode.OK: "all is well", ExitCode.FAILED: "there are problems"}
)
@output_option
def doctor(output: str) -> int:
    """Check this machine and the state on it.

    Versions, the private parts of Ansible that are relied upon, ssh, the disk use of WORLDTREE_HOME
    by part, free space, the database's schema, and tasks that stopped without an end. Makes nothing
    that is not there, and changes nothing but an old schema, as every command does.
    """
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
            sign = Cell("ok", "green") if one.ok else Cell("PROBLEM", "red")
            rows.append([sign, one.name, detail, one.hint])
        write_table(["", "WHAT", "FOUND", "MEND"], rows)
    else:
        items = [
            {
                "name": one.name,
                "ok": one.ok,
                "detail": one.detail,
                "hint": one.hint,
                "bytes": one.sizes,
            }
            for one in found
        ]
        write_data({"items": items}, output)
    return ExitCode.OK if all(one.ok for one in found) else ExitCode.FAILED
