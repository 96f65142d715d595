"""Documents that a service compiles for a command: the plan, and what is said of it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worldtree.cli.options import tag_lists
from worldtree.cli.remote.documents import FileDocument
from worldtree.plan.plan import Plan
from worldtree.remote.problems import ServerError, read_diagnostic
from worldtree.remote.results import unreadable_answer
from worldtree.remote.service import RemoteService


@dataclass(frozen=True, slots=True)
class CompiledDocument:
    """What a service made of a document."""

    plan: Plan
    #: The bundle as a tar; empty where none was asked for.
    archive: bytes


def compile_document(
    service: RemoteService, document: FileDocument, work: Mapping[str, Any], *, bundle: bool = False
) -> CompiledDocument:
    """Let the service compile a document, which it does not store, and show its warnings.

    ``work`` has pipeline, parameters and selection. Raises ``InputError``.
    """
    from worldtree.cli.error_output import show_diagnostics

    asked = {name: work[name] for name in ("pipeline", "parameters", "selection") if name in work}
    found = service.compile(
        {**asked, **document.content, "document": document.text, "bundle": bundle}, document.file
    )
    show_diagnostics(
        [read_diagnostic(one, document.file, document.index) for one in found["items"]]
    )
    try:
        return CompiledDocument(
            Plan.model_validate(found["plan"]), b64decode(found["bundle"] or "", validate=True)
        )
    except (TypeError, ValueError):
        raise unreadable_answer("`/compile`") from None


def compile_if_allowed(
    service: RemoteService, document: FileDocument, work: Mapping[str, Any]
) -> Plan | None:
    """Do what ``compile_document`` does; return the plan, None where the login may not compile."""
    try:
        return compile_document(service, document, work).plan
    except ServerError as problem:
        if problem.code != "permission-missing":
            raise
        return None


def selection_data(
    *,
    only: tuple[str, ...],
    since: tuple[str, ...],
    until: tuple[str, ...],
    hosts: tuple[str, ...],
    tags: tuple[str, ...],
    skip_tags: tuple[str, ...],
) -> dict[str, list[str]]:
    """Return the options that select a part of the graph, for the body of a request."""
    found = {"only": only, "since": since, "until": until, "hosts": hosts}
    return {name: list(one) for name, one in {**found, **tag_lists(tags, skip_tags)}.items()}
