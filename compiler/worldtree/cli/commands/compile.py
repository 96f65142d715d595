"""``wt compile``: write the Ansible bundle for review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import (
    pipeline_options,
    request_options,
    selection_options,
)
from worldtree.cli.output import count
from worldtree.cli.vault_password import ask_vault_option
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest
    from worldtree.app.requests import Selection
    from worldtree.plan.pipeline_request import PipelineRequest
    from worldtree.plan.plan import Plan


@click.command(
    "compile",
    cls=Command,
    exit_codes={
        ExitCode.REFUSED: "with --check: the bundle is stale; "
        "otherwise: the directory contains files that would be lost"
    },
)
@request_options
@pipeline_options
@selection_options
@ask_vault_option
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory of the bundle.  [default: build/<cluster>]",
)
@click.option("--check", is_flag=True, help="Write nothing; fail if the bundle is stale.")
def compile_(
    request: DocumentRequest,
    pipeline: PipelineRequest,
    selection: Selection,
    directory: Path | None,
    check: bool,
) -> int:
    """Write the Ansible bundle for review.

    Equal inputs give equal bytes, so the bundle can be committed and compared. `ansible-playbook
    site.yml` in the bundle does the same work without WorldTree; `wt apply --dir DIR` runs exactly
    this bundle. With --check, prints the files that differ from a fresh compile.
    """
    from worldtree.cli.error_output import show_diagnostics

    app = application().documents
    if (
        check
        and (reviewed := app.plan_of_bundle(directory, request.file, request.cluster)) is not None
    ):
        request = replace(
            request,
            extra_vars=request.extra_vars or reviewed.extra_vars,
            inventories=request.inventories or reviewed.inventories,
        )
        if pipeline.name == reviewed.pipeline and not pipeline.parameters:
            pipeline = reviewed.request
    planned = app.plan(request, pipeline, selection)
    compiled = app.compile(planned)
    show_diagnostics(compiled.diagnostics)
    target = directory or Path("build") / planned.cluster.name
    if check:
        return show_stale(app.stale(compiled, target), target)
    app.write(compiled, target)
    show_written(target, planned.plan, len(compiled.bundle.files))
    return ExitCode.OK


def show_written(target: Path, plan: Plan, files: int) -> None:
    """Print what was written to ``target``."""
    click.echo(f"{target}: {count(len(plan.graph.nodes), 'play')}, {count(files, 'file')}")


def show_stale(stale: Sequence[object], target: Path) -> ExitCode:
    """Print the files in which a bundle differs from a fresh one; return the exit code.

    Each is what says so as text.
    """
    for problem in stale:
        click.echo(str(problem))
    words = f"is stale: {count(len(stale), 'file')}" if stale else "is up to date"
    click.echo(f"{target} {words}", err=True)
    return ExitCode.REFUSED if stale else ExitCode.OK
