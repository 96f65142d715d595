"""``wt facts``: show the stored facts of hosts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.completions import complete_host
from worldtree.cli.options import request_options
from worldtree.cli.output import output_option, write_data
from worldtree.cli.vault_password import ask_vault_option
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.FAILED: "facts could not be gathered",
        ExitCode.PARTIAL: "facts of some hosts could not be gathered",
        ExitCode.REFUSED: "refused: cluster locked by another task",
        ExitCode.CANCELLED: "cancelled by Ctrl-C or SIGTERM",
    },
)
@request_options
@ask_vault_option
@click.argument("host", required=False, shell_complete=complete_host)
@click.option("--refresh", is_flag=True, help="Gather fresh facts, of all hosts or of HOST.")
@output_option
def facts(
    request: DocumentRequest,
    host: str | None,
    refresh: bool,
    output: str,
) -> int:
    """Show the stored facts of hosts.

    Every task that gathers facts stores them; until `spec.facts.ttl` has passed, later tasks reuse
    them. With HOST, shows all facts of that host.
    """
    from worldtree.app.views.hosts import facts_view
    from worldtree.cli.fact_tables import (
        refresh_facts,
        write_facts,
        write_host_table,
        write_hosts_without_facts,
    )

    found = application().facts
    code: int = ExitCode.OK
    if refresh:
        code = refresh_facts(request, host)
    name, hosts = found.resolve_cluster(request)
    kept = found.kept(name)
    if host is not None:
        from worldtree.cli.fact_tables import find_host_facts

        kept = [find_host_facts(kept, host, hosts, found.lost(name))]
    if output != "table":
        write_data(facts_view(kept), output)
    elif host is not None:
        write_facts(kept[0])
    elif kept:
        write_host_table(kept, time.time(), hosts)
        write_hosts_without_facts(found.lost(name), kept)
    else:
        click.echo("no stored facts: gather them with `wt facts --refresh`", err=True)
    return code
