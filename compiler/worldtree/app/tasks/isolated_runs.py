"""Prepares runs of stored documents, which are compiled in a process of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.approvals.plan_bundles import unpacked_bundle
from worldtree.app.approvals.plan_orders import pipeline_order
from worldtree.app.approvals.plan_state import PlanInputs, plan_inputs
from worldtree.app.documents.compile_exchange import CompileAnswer, Goal
from worldtree.app.documents.isolated_compile import IsolatedCompiler
from worldtree.app.tasks.apply import PreparedRun
from worldtree.app.tasks.run_modes import run_mode
from worldtree.app.tasks.stored_documents import document_file
from worldtree.app.tasks.task_source import TaskSource
from worldtree.compile.selection import Selection
from worldtree.core.errors import InputError, RefusedError
from worldtree.core.private_directories import make_private_directory
from worldtree.core.settings import Settings
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.plan.plan import Plan
from worldtree.results.task_command import TaskCommand

if TYPE_CHECKING:
    from worldtree.app.content.content_source import ContentOpener
    from worldtree.app.documents.document_policy import DocumentPolicy
    from worldtree.app.tasks.task_requests import TaskRequest
    from worldtree.store.store import Store


class IsolatedRuns:
    """Prepares runs in the project of its store."""

    def __init__(
        self,
        settings: Settings,
        contents: Callable[[], ContentOpener],
        store: Callable[[], Store],
    ) -> None:
        self._settings, self._contents, self._store = settings, contents, store

    @contextmanager
    def prepared(self, task: str, request: TaskRequest) -> Iterator[PreparedRun]:
        """Yield the run of a task; its bundle is on disk meanwhile.

        Raises as ``opened``, and ``InputError`` for what is wrong in the document or its content.
        """
        with self.opened(task, request) as document:
            found = document.run()
            run_mode(request.mode).check(found.plan)
            yield found

    @contextmanager
    def opened(self, task: str, request: TaskRequest) -> Iterator[IsolatedDocument]:
        """Yield the document of a task, beside its content; bundles are on disk meanwhile.

        The task keeps the commit of a repository. Raises ``RefusedError``.
        """
        store, scratch = self._store(), self._settings.home / "plans"
        if request.stored_document is None:
            raise RefusedError("the request has no document", code="document-unknown")
        make_private_directory(scratch)
        file = document_file(store, self._settings.home, request.stored_document)
        opener, tar = self._contents(), None
        if request.content is not None:
            content = opener.open(request.content)
            tar = content.tar
            request = request.model_copy(update={"content": content.source})
            store.set_task_request(task, request.model_dump(mode="json"))
        policy = opener.allowed(request.content)
        with ExitStack() as bundles:
            yield IsolatedDocument(store, request, file, tar, policy, scratch, bundles)


class IsolatedDocument:
    """A stored document beside the content of its request, which is opened once for all pipelines.

    Its process reads nothing of this machine but what the policy of the project allows.
    """

    def __init__(
        self,
        store: Store,
        request: TaskRequest,
        file: Path,
        content: bytes | None,
        policy: DocumentPolicy,
        scratch: Path,
        bundles: ExitStack,
    ) -> None:
        """``content`` is a tar, None without one; ``file`` has the text of the document.

        ``bundles`` removes bundles.
        """
        self._store, self._request, self._file = store, request, file
        self._content, self._policy = content, policy
        self._scratch, self._bundles = scratch, bundles
        self._document = store.document(request.stored_document or "")

    def run(self) -> PreparedRun:
        """Return the run that is asked for. Raises ``InputError`` and ``RefusedError``."""
        return self._prepare(self._request)

    def prepare(self, part: Plan, pipeline: PipelineRequest, selection: Selection) -> PreparedRun:
        """Return a run of another pipeline of the document, whose plan ``part`` is."""
        del part  # The document has one cluster.
        asked = {"pipeline": pipeline, "selection": selection}
        return self._prepare(self._request.model_copy(update=asked))

    def whole_plan(self, part: Plan, pipeline: PipelineRequest) -> Plan:
        """Return all of a pipeline of the document, whose plan ``part`` is."""
        del part
        answer = self._compiled("plan", pipeline, Selection(), self._inputs(pipeline))
        return Plan.model_validate(answer.plan)

    def _prepare(self, request: TaskRequest) -> PreparedRun:
        inputs = self._inputs(request.pipeline)
        answer = self._compiled("bundle", request.pipeline, request.selection, inputs)
        if answer.bundle is None:
            raise RefusedError("the document has no bundle", code="compile-failed")
        unpacked = unpacked_bundle(answer.bundle, self._scratch)
        plan, bundle = self._bundles.enter_context(unpacked)
        if (plan.cluster, plan.pipeline) != (self._document.cluster, request.pipeline.name):
            raise RefusedError("the plan is that of another cluster", code="compile-failed")
        return PreparedRun(
            plan,
            bundle,
            answer.diagnostics,
            self._document.body,
            TaskSource(
                self._file,
                plan.pipeline,
                request.selection,
                inputs.previous_task,
                inputs.facts,
                whole=not request.selection,
            ),
            request=request,
        )

    def _inputs(self, pipeline: PipelineRequest) -> PlanInputs:
        return plan_inputs(self._store, pipeline.name, self._document.cluster)

    def _compiled(
        self, goal: Goal, pipeline: PipelineRequest, selection: Selection, inputs: PlanInputs
    ) -> CompileAnswer:
        order = pipeline_order(
            pipeline, asdict(selection), self._document.body, goal, self._policy, inputs
        )
        order = replace(order, gathers=self._request.command is TaskCommand.FACTS)
        answer = IsolatedCompiler(scratch=self._scratch).compile(order, self._content)
        if answer.has_errors or answer.plan is None:
            raise InputError(list(answer.diagnostics))
        return answer
