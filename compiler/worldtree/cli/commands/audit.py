"""``wt audit``: the audit log of the state."""

from __future__ import annotations

from typing import Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group, no_color_option
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode


class _AuditGroup(Group):
    """Shows the log where no command is given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invoke_without_command, self.no_args_is_help = True, False
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
    from worldtree.cli.task_list import write_audit

    found = audit_view(application().history.audit(cluster, limit))
    if output != "table":
        write_data(found, output)
    elif found["items"]:
        write_audit(found["items"])
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
    from worldtree.cli.audit_report import show_audit_report

    show_audit_report(audit_report_view(application().history.verify_audit(head)), output)


@audit.command()
def export() -> None:
    """Print all entries as JSON, one a line, oldest first.

    `link` is the digest of the chain.
    """
    import json

    from worldtree.app.views.tasks import audit_export_view

    for entry in application().history.export_audit():
        click.echo(json.dumps(audit_export_view(entry), ensure_ascii=False))
