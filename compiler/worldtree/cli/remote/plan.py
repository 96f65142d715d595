"""``wt --server URL plan``, ``graph``, ``compile``: let a service compile a document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from worldtree.cli.options import read_parameters
from worldtree.cli.output import write_data
from worldtree.cli.remote.compiled import CompiledDocument, compile_document, selection_data
from worldtree.cli.remote.documents import open_document
from worldtree.core.errors import ExitCode


def plan(*, output: str, **asked: Any) -> None:
    """Show what would run."""
    from worldtree.app.views.plans import plan_view
    from worldtree.cli.plan_table import write_plan

    found = _compiled(**asked)
    if output == "table":
        write_plan(found.plan)
    else:
        write_data(plan_view(found.plan), output)


def graph(*, output: str, **asked: Any) -> None:
    """Draw the graph of nodes."""
    from worldtree.app.documents.drawing import draw

    click.echo(draw(_compiled(**asked).plan, output), nl=False)


def compile_(
    *,
    file: Path,
    cluster: str | None,
    pipeline: str,
    parameters: tuple[str, ...],
    directory: Path | None,
    check: bool,
    **selection: tuple[str, ...],
) -> int:
    """Write the bundle that the service compiles, or compare one with it."""
    from worldtree.app.documents.received_bundle import (
        differing_files,
        plan_of_bundle,
        received_bundle,
        write_bundle,
    )
    from worldtree.cli.commands.compile import show_stale, show_written

    service, document = open_document(file, cluster)
    target = directory or Path("build") / document.cluster
    given: Mapping[str, Any] = read_parameters(parameters)
    reviewed = plan_of_bundle(target) if check else None
    if reviewed is not None and not given and pipeline == reviewed.pipeline:
        given = reviewed.parameters
    work = {"pipeline": pipeline, "parameters": given, "selection": selection_data(**selection)}
    found = compile_document(service, document, work, bundle=True)
    with received_bundle(found.archive) as bundle:
        if check:
            return show_stale(differing_files(bundle, target), target)
        write_bundle(bundle, target)
        show_written(target, found.plan, len(bundle.files))
    return ExitCode.OK


def _compiled(
    *,
    file: Path,
    cluster: str | None,
    pipeline: str,
    parameters: tuple[str, ...],
    **selection: tuple[str, ...],
) -> CompiledDocument:
    service, document = open_document(file, cluster)
    work = {
        "pipeline": pipeline,
        "parameters": read_parameters(parameters),
        "selection": selection_data(**selection),
    }
    return compile_document(service, document, work)
