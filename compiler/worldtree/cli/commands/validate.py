"""``wt validate``: report all problems of a document at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import file_request_options
from worldtree.cli.output import count, output_option, write_data
from worldtree.cli.vault_password import ask_vault_option
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest


@click.command(cls=Command, exit_codes={ExitCode.INPUT: "an error, or with --strict a warning"})
@file_request_options
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@click.option("-v", "--verbose", is_flag=True, help="Also show what is used of `ansible.cfg`.")
@ask_vault_option
@output_option
def validate(
    request: DocumentRequest,
    strict: bool,
    verbose: bool,
    output: str,
) -> int:
    """Check a document without contacting hosts.

    Reports every problem of every document in the file: place, reason and how to fix it.
    """
    from worldtree.app.views.documents import validation_view
    from worldtree.app.views.plans import team_config_view
    from worldtree.cli.config_lines import config_lines
    from worldtree.cli.error_output import show_diagnostics

    planned, found = application().documents.validate(request)
    wrong = any(d.is_error or strict for d in found)
    if output == "table":
        show_diagnostics(found)
        for one in planned:
            hosts, nodes = (
                count(len(one.plan.hosts), "host"),
                count(len(one.plan.graph.nodes), "node"),
            )
            click.echo(f"{one.cluster.name}: valid, {hosts}, {nodes}")
            for line in config_lines(team_config_view(one.config)) if verbose else ():
                click.echo(line)
    else:
        write_data(validation_view(found, valid=not wrong), output)
    return ExitCode.INPUT if wrong else ExitCode.OK
