"""``wt --server URL apply``, ``verify``, ``destroy``: run a pipeline of a document at a service."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from worldtree.cli.mode_options import NO_MODE, mode_result_lines
from worldtree.cli.options import read_parameters
from worldtree.cli.remote.compiled import compile_document, compile_if_allowed, selection_data
from worldtree.cli.remote.documents import FileDocument, is_same_text, not_stored, open_document
from worldtree.cli.remote.follow import run_and_follow
from worldtree.cli.run_command import confirm_irreversible
from worldtree.core.errors import RefusedError
from worldtree.plan.pipeline_names import DESTROY_CLUSTER, VERIFY
from worldtree.plan.plan import Plan
from worldtree.remote.service import RemoteService


def apply(
    *,
    pipeline: str,
    parameters: tuple[str, ...],
    check: bool,
    diff: bool,
    only_changed: bool,
    **more: Any,
) -> int:
    """Run a pipeline of a document, which the service stores together with the task."""
    work = {
        "pipeline": pipeline,
        "parameters": read_parameters(parameters),
        "check": check,
        "diff": diff,
        "only_changed": only_changed,
    }
    return _run(work, stores=True, asked={**NO_MODE, "check": check, "diff": diff}, **more)


def verify(**more: Any) -> int:
    """Run the pipeline `verify` of the document that the service has."""
    # It changes nothing on hosts: its plan is of use, and not needed.
    return _run({"pipeline": VERIFY}, stores=False, needs_plan=False, asked=NO_MODE, **more)


def destroy(**more: Any) -> int:
    """Run the pipeline `destroy-cluster` of the document that the service has."""
    return _run({"pipeline": DESTROY_CLUSTER}, stores=False, asked=NO_MODE, **more)


def _run(
    work: Mapping[str, Any],
    *,
    stores: bool,
    needs_plan: bool = True,
    asked: Mapping[str, Any],
    file: Path,
    cluster: str | None,
    yes: bool,
    output: str,
    events: str | None,
    wait: bool,
    **selection: tuple[str, ...],
) -> int:
    """Run ``work``; ``stores``: the document of the file becomes that of the service.

    Without ``needs_plan``, a login that may not compile runs it without seeing the plan.
    """
    del wait  # A task of a service waits in any case.
    if selection:
        work = {**work, "selection": selection_data(**selection)}
    service, document = open_document(file, cluster)
    # Before the plan is shown: what somebody else stores meanwhile is not replaced.
    sent, etag = _document_to_run(service, document, stores=stores)
    plan: Plan | None
    if needs_plan:
        plan = compile_document(service, document, work).plan
    else:
        plan = compile_if_allowed(service, document, work)
    asks = not yes and not asked["check"]
    if asks:
        _confirm(service, document.cluster, work["pipeline"], plan)
    if plan is not None and not asked["check"]:
        confirm_irreversible(plan, asks=asks)
    return run_and_follow(
        service,
        lambda: service.run(
            document.cluster,
            {**work, **document.content, **sent},
            etag=etag,
            file=document.file,
        ),
        output=output,
        events=events,
        layers=() if plan is None else plan.layers,
        keep_tasks=bool(asked["check"] or asked["diff"]),
        after=lambda result: mode_result_lines(dict(asked), result),
        file=document.file,
    )


def _document_to_run(
    service: RemoteService, document: FileDocument, *, stores: bool
) -> tuple[dict[str, Any], str | None]:
    """Return what the request says of its document, and the ETag of the one that it replaces.

    A document that was read at the service is sent by its version alone, so that it replaces none.
    Raises `document-not-stored` for another document than that of the service, unless it ``stores``
    that, which it does together with the task.
    """
    if document.version is not None:
        return {"version": document.version}, None
    found = service.wanted_document(document.cluster)
    if found is not None and is_same_text(found, document):
        return {"version": found.version}, None
    if not stores:
        raise not_stored(document)
    etag = None if found is None else f'"{found.digest}"'
    return {"document": document.text}, etag


def _confirm(service: RemoteService, cluster: str, pipeline: str, plan: Plan | None) -> None:
    """Show the plan, where there is one, and ask, on stderr.

    Raises ``RefusedError`` without a terminal, and without the consent.
    """
    if not sys.stdin.isatty():
        command = click.get_current_context().command_path
        raise RefusedError(
            f"`{command}` on `{cluster}` needs confirmation, and there is no terminal",
            code="not-confirmed",
            hint="add --yes",
        )
    from worldtree.app.requests import refuse_irreversible
    from worldtree.cli.plan_table import pipeline_words, write_plan

    words = pipeline
    if plan is not None:
        write_plan(plan, err=True)
        refuse_irreversible(plan)
        words = pipeline_words(plan)
    if not click.confirm(f"\nRun {words} on `{cluster}` at {service.client.url}?", err=True):
        raise RefusedError(f"{pipeline} on `{cluster}` was not confirmed", code="not-confirmed")
