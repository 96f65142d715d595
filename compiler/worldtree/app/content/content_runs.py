"""Prepares runs of documents with content of their own, compiled in a process of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from worldtree.app.approvals.plan_bundles import unpacked_bundle
from worldtree.app.approvals.plan_state import plan_inputs
from worldtree.app.content.content_source import ContentOpener
from worldtree.app.documents.compile_exchange import CompileOrder
from worldtree.app.documents.document_text import DOCUMENT_NAME
from worldtree.app.documents.isolated_compile import IsolatedCompiler
from worldtree.app.ports import Ports
from worldtree.app.tasks.apply import PreparedRun
from worldtree.app.tasks.run_modes import run_mode
from worldtree.app.tasks.stored_documents import document_file
from worldtree.app.tasks.task_source import TaskSource
from worldtree.core.errors import InputError, RefusedError
from worldtree.core.private_directories import make_private_directory
from worldtree.core.settings import Settings

if TYPE_CHECKING:
    from worldtree.app.tasks.task_requests import TaskRequest
    from worldtree.store.store import Store


class ContentRuns:
    """Prepares runs in the project of its store."""

    def __init__(self, settings: Settings, ports: Ports, store: Callable[[], Store]) -> None:
        self._settings, self._ports, self._store = settings, ports, store

    @contextmanager
    def prepared(self, task: str, request: TaskRequest) -> Iterator[PreparedRun]:
        """Yield the run of a task whose request has content; its bundle is on disk meanwhile.

        The task keeps the commit of a repository. Raises ``InputError`` for what is wrong in the
        document or its content, and ``RefusedError``.
        """
        store, scratch = self._store(), self._settings.home / "plans"
        if request.content is None or request.stored_document is None:
            raise ValueError("the request has no content or no document")
        make_private_directory(scratch)
        file = document_file(store, self._settings.home, request.stored_document)
        document = store.document(request.stored_document)
        opener = ContentOpener(self._ports, store)
        content = opener.open(request.content, scratch)
        request = request.model_copy(update={"content": content.source})
        store.set_task_request(task, request.model_dump(mode="json"))
        inputs = plan_inputs(store, request.pipeline.name, document.cluster)
        order = CompileOrder(
            document.body,
            DOCUMENT_NAME,
            "bundle",
            opener.policy.with_content(),
            pipeline=request.pipeline.name,
            parameters=request.pipeline.parameters,
            selection=_selected(request),
            previous_text=inputs.previous_text,
            facts=inputs.facts,
        )
        answer = IsolatedCompiler(scratch=scratch).compile(order, content.tar)
        if answer.has_errors or answer.bundle is None:
            raise InputError(list(answer.diagnostics))
        with unpacked_bundle(answer.bundle, scratch) as (plan, bundle):
            if (plan.cluster, plan.pipeline) != (document.cluster, request.pipeline.name):
                raise RefusedError("the plan is that of another cluster", code="compile-failed")
            run_mode(request.mode).check(plan)
            yield PreparedRun(
                plan,
                bundle,
                answer.diagnostics,
                document.body,
                TaskSource(
                    file,
                    plan.pipeline,
                    request.selection,
                    inputs.previous_task,
                    inputs.facts,
                    whole=not request.selection,
                ),
                request=request,
            )


def _selected(request: TaskRequest) -> dict[str, tuple[str, ...]]:
    """Return the fields of the selection that choose something."""
    found = {name: tuple(value) for name, value in asdict(request.selection).items()}
    return {name: value for name, value in found.items() if value}
