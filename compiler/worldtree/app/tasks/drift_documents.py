"""The document that drift detection compares hosts with: its pipelines are compiled as needed."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.tasks.apply import ApplyService, PreparedRun
from worldtree.app.tasks.task_requests import TaskRequest
from worldtree.compile.selection import Selection
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.plan.plan import Plan
from worldtree.results.task_command import TaskCommand


class DriftDocument(Protocol):
    """Compiles pipelines of one document; all methods raise ``InputError``."""

    def prepare(self, part: Plan, pipeline: PipelineRequest, selection: Selection) -> PreparedRun:
        """Return a run of a pipeline for the cluster of ``part``, a plan of this document."""
        ...

    def whole_plan(self, part: Plan, pipeline: PipelineRequest) -> Plan:
        """Return all of a pipeline for the cluster of ``part``."""
        ...


class FileDocument:
    """A document in a file, with what lies beside it."""

    def __init__(self, apply: ApplyService, file: Path) -> None:
        self._apply, self._file = apply, file

    def prepare(self, part: Plan, pipeline: PipelineRequest, selection: Selection) -> PreparedRun:
        """Return a run of a pipeline for the cluster of ``part``."""
        asked = TaskRequest(
            command=TaskCommand.DRIFT,
            document=DocumentRequest.again(part, self._file),
            pipeline=pipeline,
            selection=selection,
        )
        return self._apply.prepare(asked)

    def whole_plan(self, part: Plan, pipeline: PipelineRequest) -> Plan:
        """Return all of a pipeline for the cluster of ``part``."""
        return self._apply.whole_plan(self._file, part, pipeline)
