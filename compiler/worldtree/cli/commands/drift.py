"""``wt drift``: show where hosts differ from the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import (
    request_options,
    selection_options,
)
from worldtree.cli.output import output_option
from worldtree.cli.vault_password import ask_vault_option
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest
    from worldtree.app.requests import Selection

#: Reports that the history shows.
MAX_REPORTS = 100


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.OK: "no difference, and the coverage is at least --min-coverage",
        ExitCode.PARTIAL: "a difference, or lower coverage",
        ExitCode.REFUSED: "refused: cluster locked by another task",
        ExitCode.CANCELLED: "cancelled by Ctrl-C or SIGTERM",
    },
)
@request_options
@selection_options
@ask_vault_option
@click.option(
    "--min-coverage",
    type=click.IntRange(min=1, max=100),
    metavar="PERCENT",
    default=100,
    show_default=True,
    help="Minimum coverage for exit code 0, in percent of all nodes on hosts.",
)
@click.option("--wait", is_flag=True, help="Wait while another task holds the cluster.")
@click.option(
    "--history",
    is_flag=True,
    help="Show what was found before instead, newest first, without looking at any host.",
)
@output_option
def drift(
    request: DocumentRequest,
    min_coverage: int,
    wait: bool,
    history: bool,
    output: str,
    selection: Selection,
) -> int:
    """Show where hosts differ from the document.

    Changes nothing. Uses Ansible's check mode for nodes that support it, and the `verify` entry of
    components and roles for the others. What could not be checked is listed as unknown and never
    counts as clean: the coverage is the share that was checked, and below --min-coverage the exit
    code is not 0, even without a difference. With a selection, both are about the selected part,
    and the result says how much was not looked at.
    """
    if history:
        return _show_history(request, output)
    from worldtree.app.views.hosts import drift_view
    from worldtree.cli.drift_text import show_report
    from worldtree.cli.error_output import show_diagnostics
    from worldtree.cli.run_command import observe_task

    service = application().drift
    prepared = service.prepare(request, selection)
    show_diagnostics(prepared.diagnostics)
    with observe_task(prepared.plan.layers, wait=wait) as observer:
        found = service.detect(prepared, service.file_document(request.file), observer)
    view = drift_view(found, min_coverage)
    return show_report(view, output, checked=found.checked_pairs, cancelled=found.cancelled)


def _show_history(request: DocumentRequest, output: str) -> int:
    from worldtree.app.views.drift_reports import drift_summaries_view
    from worldtree.cli.drift_text import show_history

    app = application()
    cluster, _ = app.facts.resolve_cluster(request)
    found = app.drift.history.newest(cluster, MAX_REPORTS)
    show_history(cluster, drift_summaries_view(found), output)
    return ExitCode.OK
