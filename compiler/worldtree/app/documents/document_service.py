"""Compiles documents to plans and bundles, without contacting a host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from worldtree.app.requests import Selection
from worldtree.compile.compiler import CompileResult, PlanResult, compile_plan, plan_document
from worldtree.compile.tag_selection import known_tags
from worldtree.core.errors import Diagnostic, InputError
from worldtree.core.suggestions import did_you_mean
from worldtree.plan.pipeline_names import CREATE_CLUSTER
from worldtree.plan.plan import Plan
from worldtree.spec.document import Document
from worldtree.spec.load import load_file

__all__ = ["BundleDiff", "DocumentService", "choose_document", "diff_text"]


class DocumentService:
    """Validates, plans and compiles documents; compares bundles."""

    def validate(
        self, file: Path, extra_vars: Mapping[str, Any] | None = None
    ) -> tuple[list[PlanResult], list[Diagnostic]]:
        """Return the plans of the valid documents in ``file``, and the diagnostics of all.

        Raises ``InputError`` only when the file cannot be parsed.
        """
        planned: list[PlanResult] = []
        found: list[Diagnostic] = []
        for document in load_documents(file, extra_vars):
            try:
                compiled = compile_plan(plan_document(document))
            except InputError as problem:
                found.extend(problem.diagnostics)
            else:
                planned.append(compiled.planned)
                found.extend(compiled.diagnostics)
        return planned, found

    def plan(
        self,
        file: Path,
        cluster: str | None = None,
        pipeline: str = CREATE_CLUSTER,
        selection: Selection | None = None,
        extra_vars: Mapping[str, Any] | None = None,
    ) -> PlanResult:
        """Return the plan of one cluster of ``file``; raises ``InputError``."""
        document = choose_document(load_documents(file, extra_vars), cluster)
        return plan_document(document, pipeline=pipeline, selection=selection)

    def tags(
        self, file: Path, cluster: str | None = None, pipeline: str = CREATE_CLUSTER
    ) -> tuple[str, ...]:
        """Return the tags of steps and their tasks, as far as they are known; as ``plan``."""
        planned = self.plan(file, cluster, pipeline)
        return known_tags(planned.plan.graph.nodes.values(), planned.state.roles)

    def compile(self, planned: PlanResult) -> CompileResult:
        """Return the bundle of a plan; raises ``InputError`` for missing files."""
        return compile_plan(planned)

    def write(self, compiled: CompileResult, directory: Path) -> None:
        """Write the bundle to ``directory``; raises ``RefusedError`` if files would be lost."""
        emit(compiled.bundle, directory)

    def stale(self, compiled: CompileResult, directory: Path) -> list[BundleProblem]:
        """Return the files in which the bundle in ``directory`` differs from a fresh one."""
        return list(check_stale(directory, compiled.bundle))

    def changed_since(self, plan: Plan, file: Path) -> list[str] | None:
        """Return the inputs of ``plan`` that have changed in ``file``.

        None when ``file`` does not contain the plan's cluster. Raises ``InputError`` when it is no
        longer valid.
        """
        listed = load_documents(file, plan.extra_vars)
        documents = [d for d in listed if _cluster_name(d) == plan.cluster]
        if not documents:
            return None
        fresh = plan_document(documents[0], pipeline=plan.pipeline).plan.digests
        return [
            str(file) if name == "document" else name
            for name, old in plan.digests.items()
            if fresh.get(name, "") != old
        ]

    def extra_vars_of(
        self, directory: Path | None, file: Path, cluster: str | None
    ) -> dict[str, Any]:
        """Return the extra variables of the bundle in ``directory``; none where there is none.

        Without ``directory`` it is that of the cluster. Raises ``InputError``.
        """
        if directory is None:
            name = _cluster_name(choose_document(load_file(file), cluster))
            directory = Path("build") / name
        return read_plan(directory).extra_vars if (directory / "plan.json").is_file() else {}

    def clusters(self, file: Path) -> list[str]:
        """Return the names of the clusters of ``file``; raises ``InputError``."""
        return [_cluster_name(document) for document in load_file(file)]

    def diff(self, old: Path, new: Path) -> BundleDiff:
        """Return what changed between two bundles, and which files were edited since.

        Raises ``InputError`` for a directory that is not a bundle, and ``RefusedError`` when a plan
        was edited or has another version.
        """
        return replace(diff_bundles(old, new), edits=edited_bundles(old, new))


def load_documents(file: Path, extra_vars: Mapping[str, Any] | None = None) -> list[Document]:
    """Return the documents of ``file``, each with ``extra_vars``; raises ``InputError``."""
    return [replace(one, extra_vars=dict(extra_vars or {})) for one in load_file(file)]


def choose_document(documents: Sequence[Document], cluster: str | None) -> Document:
    """Return the document of ``cluster``, or the only one; raises ``InputError``."""
    names = [_cluster_name(document) for document in documents]
    if cluster is None and len(documents) == 1:
        return documents[0]
    listed = ", ".join(f"`{name}`" for name in names)
    if cluster is None:
        raise _cluster_not_chosen(
            f"{documents[0].file} contains {len(documents)} clusters",
            detail=f"They are {listed}.",
            hint=f"choose one with `--cluster {names[0]}`",
        )
    if cluster not in names:
        raise _cluster_not_chosen(
            f"--cluster {cluster}: {documents[0].file} does not contain the cluster `{cluster}`",
            detail=f"It contains {listed}.",
            hint=did_you_mean(cluster, names),
        )
    return documents[names.index(cluster)]


def _cluster_name(document: Document) -> str:
    data = document.data if isinstance(document.data, dict) else {}
    metadata = data.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""


def _cluster_not_chosen(summary: str, *, detail: str, hint: str) -> InputError:
    return InputError([Diagnostic("cluster-not-chosen", summary, detail, hint)])
