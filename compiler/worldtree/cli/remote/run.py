"""``wt --server URL apply``, ``verify``, ``destroy``: run a pipeline of a document at a service."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from worldtree.cli.mode_options import NO_MODE, mode_result_lines
from worldtree.cli.options import read_parameters, tag_lists
from worldtree.cli.remote import documents
from worldtree.cli.remote.connect import open_service
from worldtree.cli.remote.follow import run_and_follow
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.plan.pipeline_names import DESTROY_CLUSTER, VERIFY
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
    """Store a document at the service and run a pipeline of it."""
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
    return _run({"pipeline": VERIFY}, stores=False, asked=NO_MODE, **more)


def destroy(**more: Any) -> int:
    """Run the pipeline `destroy-cluster` of the document that the service has."""
    return _run({"pipeline": DESTROY_CLUSTER}, stores=False, asked=NO_MODE, **more)


def _run(
    work: Mapping[str, Any],
    *,
    stores: bool,
    asked: Mapping[str, Any],
    file: Path,
    cluster: str | None,
    yes: bool,
    output: str,
    events: str | None,
    wait: bool,
    **selection: tuple[str, ...],
) -> int:
    """Run ``work``; ``stores``: the document of the file becomes that of the service."""
    del wait  # A task of a service waits in any case.
    chosen = {"selection": _selection(**selection)} if selection else {}
    document = None
    if cluster is None or not documents.is_of_service(file, cluster):
        document = documents.read_document(file, cluster)
        cluster = document.cluster
    service = open_service()
    if document is not None:
        documents.check(service, document)
    version = None
    if document is None or not stores:
        version = (
            documents.wanted_version(service, cluster)
            if document is None
            else documents.stored_version(service, document)
        )
    if not yes and not asked["check"]:
        _confirm(service, work["pipeline"], cluster)
    is_stored = version is None
    if version is None:
        assert document is not None
        version = documents.store(service, document)

    def ask() -> str:
        try:
            return service.run(cluster, {**work, **chosen, "version": version})
        except WorldTreeError:
            if is_stored:
                click.echo(
                    f"warning: version {version} of the document is stored nevertheless, and plans "
                    "of other versions are void",
                    err=True,
                )
            raise

    return run_and_follow(
        service,
        ask,
        output=output,
        events=events,
        keep_tasks=bool(asked["check"] or asked["diff"]),
        after=lambda result: mode_result_lines(dict(asked), result),
        file=None if document is None else document.file,
    )


def _selection(
    *,
    only: tuple[str, ...],
    since: tuple[str, ...],
    until: tuple[str, ...],
    hosts: tuple[str, ...],
    tags: tuple[str, ...],
    skip_tags: tuple[str, ...],
) -> dict[str, list[str]]:
    found = {"only": only, "since": since, "until": until, "hosts": hosts}
    return {name: list(one) for name, one in {**found, **tag_lists(tags, skip_tags)}.items()}


def _confirm(service: RemoteService, pipeline: str, cluster: str) -> None:
    """Ask on stderr; raises ``RefusedError`` without a terminal, or without the consent."""
    if not sys.stdin.isatty():
        command = click.get_current_context().command_path
        raise RefusedError(
            f"`{command}` on `{cluster}` needs confirmation, and there is no terminal",
            code="not-confirmed",
            hint="add --yes",
        )
    if not click.confirm(f"Run {pipeline} on `{cluster}` at {service.client.url}?", err=True):
        raise RefusedError(f"{pipeline} on `{cluster}` was not confirmed", code="not-confirmed")
