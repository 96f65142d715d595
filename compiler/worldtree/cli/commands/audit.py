"""``wt audit``: the audit log of the state."""

from __future__ import annotations

from typing import Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group, no_color_option
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode, WorldTreeError


class _AuditGroup(Group):
    """Shows the log where no command is given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, invoke_without_command=True, **kwargs)
        self.params.append(no_color_option())


@click.group(cls=_AuditGroup)
@click.option("--cluster", metavar="NAME", help="Only entries of this cluster.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    default=50,
    show_default=True,
    help="Maximum of entries, newest first.",
)
@output_option
@click.pass_context
def audit(context: click.Context, cluster: str | None, limit: int, output: str) -> None:
    """Show the audit log.

    Lists who started, cancelled and rolled back tasks, unlocked clusters, changed users and their
    rights, and deleted or rebuilt tasks; newest first. Entries are never changed and remain when
    their task is deleted.
    """
    if context.invoked_subcommand is not None:
        return
    from worldtree.app.views.tasks import audit_view
    from worldtree.cli.table import write_table
    from worldtree.cli.task_list import format_time

    found = application().history.audit(cluster, limit)
    if output != "table":
        write_data(audit_view(found), output)
    elif found:
        rows = [
            [format_time(e.time), e.what, e.cluster or "", e.task or "", e.who, e.detail]
            for e in found
        ]
        write_table(
            ["TIME", "WHAT", "CLUSTER", "TASK", "WHO", "DETAIL"], rows, spare=["DETAIL", "CLUSTER"]
        )
    else:
        click.echo("no entries yet", err=True)


@audit.command(
    exit_codes={
        ExitCode.FAILED: "entries were changed, removed or inserted",
        ExitCode.INPUT: "the head is not a digest",
    }
)
@click.option(
    "--head",
    metavar="DIGEST",
    help="The head that an earlier check printed, which has to be part of the chain.",
)
@output_option
def verify(head: str | None, output: str) -> None:
    """Check that no entry was changed, removed or inserted.

    Each entry has a digest of itself and of all entries before it. Keep the head that is printed
    somewhere else, and give it with `--head` the next time: who can write to the database could
    write a new chain, but not one with that digest.
    """
    from worldtree.app.views.tasks import audit_report_view

    found = application().history.verify_audit(head)
    if output != "table":
        write_data(audit_report_view(found), output)
    if found.misfit is not None:
        raise WorldTreeError(
            f"entry {found.misfit} of the audit log does not fit the chain",
            code="audit-log-changed",
            hint="it or an entry before it was changed, removed or inserted; compare it with a "
            "backup or an export",
        )
    if found.missing:
        raise WorldTreeError(
            f"the audit log lacks the entry with the digest {found.missing[0]}",
            code="audit-log-changed",
            hint="entries were removed, or the whole log was written anew; compare it with a "
            "backup or an export",
        )
    if output == "table":
        later = f", {found.uncovered} to be covered by the next one" if found.uncovered else ""
        click.echo(f"ok: {found.entries} entries{later}; head: {found.head or 'none'}")


@audit.command()
def export() -> None:
    """Print all entries as JSON, one a line, oldest first.

    `link` is the digest of the chain.
    """
    import json

    from worldtree.app.views.tasks import audit_export_view

    for entry in application().history.export_audit():
        click.echo(json.dumps(audit_export_view(entry), ensure_ascii=False))
