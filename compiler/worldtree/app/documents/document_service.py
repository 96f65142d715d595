"""Compiles documents to plans and bundles, without contacting a host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldtree.ansible.bundle import (
    BundleDiff,
    BundleProblem,
    check_stale,
    diff_bundles,
    diff_text,
    edited_bundles,
    emit,
    read_plan,
)
from worldtree.ansible.model.tag_choice import NEVER
from worldtree.app.documents.cluster_choice import (
    choose_document,
    cluster_name,
    repeated_names,
)
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.documents.pipeline_inputs import PipelineInputReader, PipelineInputs
from worldtree.app.tasks.task_source import TaskSource
from worldtree.compile.compiler import CompileResult, PlanResult, compile_plan, plan_document
from worldtree.compile.selection import Selection
from worldtree.compile.tag_selection import known_tags
from worldtree.core.errors import Diagnostic, DiagnosticBag, InputError
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.plan.plan import Plan
from worldtree.spec.document import Document
from worldtree.spec.load import load_file

if TYPE_CHECKING:
    from worldtree.app.documents.document_policy import DocumentPolicy

__all__ = ["BundleDiff", "DocumentService", "choose_document", "diff_text"]


class DocumentService:
    """Validates, plans and compiles documents; compares bundles."""

    def __init__(
        self, inputs: PipelineInputReader | None = None, policy: DocumentPolicy | None = None
    ) -> None:
        """With ``policy``, what it does not allow is an ``InputError`` of every method."""
        self._inputs, self._policy = inputs, policy

    def validate(self, request: DocumentRequest) -> tuple[list[PlanResult], list[Diagnostic]]:
        """Return the plans of the valid documents of the file, and the diagnostics of all.

        Raises ``InputError`` only when the file cannot be parsed.
        """
        planned: list[PlanResult] = []
        documents = load_documents(request)
        found = repeated_names(documents)
        for document in documents:
            try:
                compiled = self.compile(self._planned(document, with_never=True))
            except InputError as problem:
                found.extend(problem.diagnostics)
            else:
                planned.append(compiled.planned)
                found.extend(compiled.diagnostics)
        return planned, found

    def plan(
        self,
        request: DocumentRequest,
        pipeline: PipelineRequest | None = None,
        selection: Selection | None = None,
        *,
        with_never: bool = False,
    ) -> PlanResult:
        """Return the plan of one cluster; raises ``InputError``.

        ``with_never`` keeps steps with the tag ``never`` that no tag selects.
        """
        document = choose_document(load_documents(request), request.cluster)
        pipeline = pipeline or PipelineRequest()
        inputs = PipelineInputs()
        if self._inputs is not None:
            inputs = self._inputs.current(pipeline.name, cluster_name(document), document.file)
        return self._planned(
            document,
            pipeline=pipeline,
            selection=selection,
            previous=inputs.previous,
            facts=inputs.facts,
            with_never=with_never,
        )

    def tags(
        self, request: DocumentRequest, pipeline: PipelineRequest | None = None
    ) -> tuple[str, ...]:
        """Return the tags of steps and their tasks, as far as they are known; as ``plan``."""
        planned = self.plan(request, pipeline, with_never=True)
        return known_tags(planned.plan.graph.nodes.values(), planned.state.roles)

    def compile(self, planned: PlanResult) -> CompileResult:
        """Return the bundle of a plan; raises ``InputError`` for missing files."""
        compiled = compile_plan(planned)
        if self._policy is not None:
            from worldtree.app.documents.document_policy import check_policy

            DiagnosticBag(check_policy(compiled, self._policy)).raise_if_errors()
        return compiled

    def _planned(self, document: Document, **inputs: Any) -> PlanResult:
        """Return the plan of a document; nothing is done with one that the policy refuses."""
        if self._policy is None:
            return plan_document(document, **inputs)
        from worldtree.app.documents.document_policy import check_document, check_policy

        DiagnosticBag(check_document(document, self._policy)).raise_if_errors()
        planned = plan_document(document, **inputs)
        DiagnosticBag(check_policy(planned, self._policy)).raise_if_errors()
        return planned

    def write(self, compiled: CompileResult, directory: Path) -> None:
        """Write the bundle to ``directory``; raises ``RefusedError`` if files would be lost."""
        emit(compiled.bundle, directory)

    def stale(self, compiled: CompileResult, directory: Path) -> list[BundleProblem]:
        """Return the files in which the bundle in ``directory`` differs from a fresh one."""
        return list(check_stale(directory, compiled.bundle))

    def plan_again(
        self, plan: Plan, file: Path, source: TaskSource | None = None
    ) -> PlanResult | None:
        """Return the plan that ``file`` gives now, with the pipeline and parameters of ``plan``.

        With the ``source`` of a task, builders get what they got for it; otherwise what is in the
        store now. None when ``file`` does not contain the plan's cluster. Raises ``InputError``
        when it is no longer valid.
        """
        listed = load_documents(DocumentRequest.again(plan, file))
        documents = [d for d in listed if cluster_name(d) == plan.cluster]
        if not documents:
            return None
        inputs, name = PipelineInputs(), documents[0].file
        if self._inputs is not None:
            inputs = (
                self._inputs.current(plan.pipeline, plan.cluster, name)
                if source is None
                else self._inputs.of_task(source, plan.cluster, name)
            )
        return self._planned(
            documents[0],
            pipeline=plan.request,
            previous=inputs.previous,
            facts=inputs.facts,
            with_never=any(NEVER in node.tags for node in plan.graph.nodes.values()),
        )

    def plan_of_bundle(
        self, directory: Path | None, file: Path, cluster: str | None
    ) -> Plan | None:
        """Return the plan of the bundle in ``directory``; None where there is none.

        Without ``directory`` it is that of the cluster. Raises ``InputError``.
        """
        if directory is None:
            name = cluster_name(choose_document(load_file(file), cluster))
            directory = Path("build") / name
        return read_plan(directory) if (directory / "plan.json").is_file() else None

    def clusters(self, file: Path) -> list[str]:
        """Return the names of the clusters of ``file``; raises ``InputError``."""
        return [cluster_name(document) for document in load_file(file)]

    def diff(self, old: Path, new: Path) -> BundleDiff:
        """Return what changed between two bundles, and which files were edited since.

        Raises ``InputError`` for a directory that is not a bundle, and ``RefusedError`` when a plan
        was edited or has another version.
        """
        return replace(diff_bundles(old, new), edits=edited_bundles(old, new))


def load_documents(request: DocumentRequest) -> list[Document]:
    """Return the documents of the file, each with what was given beside it.

    Raises ``InputError``.
    """
    given: dict[str, Any] = {
        "extra_vars": dict(request.extra_vars),
        "inventories": request.inventories,
    }
    return [replace(one, **given) for one in load_file(request.file)]
