"""What can be asked for, as data: the same from a command line and from an API.

The database keeps the request of a task as JSON (``model_dump(mode="json")``), with absolute paths.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from worldtree.app.content.content_request import ContentSource
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.compile.selection import Selection
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.results.task_command import TaskCommand

#: What to do with interrupted work that may have had its effect.
DoubtAnswer = Literal["rerun", "done", "fail"]


class Request(BaseModel):
    """The base of all requests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def located(self, directory: Path) -> Self:
        """Return the request with absolute paths; relative ones start in ``directory``."""
        del directory
        return self


class Mode(Request):
    """How a plan is run; both switches can be combined with ``diff``."""

    #: Ansible's check mode: nothing is changed.
    check: bool = False
    #: Report diffs of changed files.
    diff: bool = False
    #: Stop before nodes and ask.
    step: bool = False
    #: With ``step``, stop only before these nodes (patterns), and before nodes on these hosts.
    break_nodes: tuple[str, ...] = ()
    break_hosts: tuple[str, ...] = ()


class TaskRequest(Request):
    """Run a pipeline of a document, or a reviewed bundle."""

    command: TaskCommand = TaskCommand.APPLY
    #: None for a stored document, and for a bundle that is compared with no document.
    document: DocumentRequest | None = None
    #: Digest of a document in the database, in the place of a file.
    stored_document: str | None = None
    #: The directory of a reviewed bundle, which says the rest except the mode.
    bundle: Path | None = None
    pipeline: PipelineRequest = PipelineRequest()
    selection: Selection = Selection()
    #: Skip work whose input is unchanged since its last success.
    only_changed: bool = False
    mode: Mode = Mode()
    #: What lies beside a stored document. Programs that know none read what is stored.
    content: ContentSource | None = Field(default=None, exclude_if=lambda value: value is None)
    #: Contact no source of artifacts: what the cache lacks refuses the run.
    offline: bool = Field(default=False, exclude_if=lambda value: not value)

    def located(self, directory: Path) -> Self:
        """Return the request with absolute paths; relative ones start in ``directory``."""
        document, bundle = self.document, self.bundle
        if document is not None:
            document = replace(document, file=directory / document.file)
        if bundle is not None:
            bundle = directory / bundle
        return self.model_copy(update={"document": document, "bundle": bundle})


@dataclass(frozen=True)
class RerunSelection:
    """Work to run again although it is done; no names select everything."""

    nodes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    #: Run only that and its dependants; otherwise also everything that is not done.
    only: bool = False


class ResumeRequest(Request):
    """Continue a task."""

    #: Its id or the beginning of it; ``latest``.
    task: str
    rerun: RerunSelection = RerunSelection()
    #: Answer for all work that may have taken effect; None asks.
    if_in_doubt: DoubtAnswer | None = None


class ReplanRequest(Request):
    """Continue a task with a new plan, as a new task."""

    task: str
    #: None for the document of the task.
    file: Path | None = None
    if_in_doubt: DoubtAnswer | None = None

    def located(self, directory: Path) -> Self:
        """Return the request with absolute paths; relative ones start in ``directory``."""
        file = None if self.file is None else directory / self.file
        return self.model_copy(update={"file": file})


class ImportRequest(Request):
    """Import a run that ansible-runner recorded."""

    #: The directory of the run.
    directory: Path
    bundle: Path

    def located(self, directory: Path) -> Self:
        """Return the request with absolute paths; relative ones start in ``directory``."""
        found = {"directory": directory / self.directory, "bundle": directory / self.bundle}
        return self.model_copy(update=found)


class RollbackRequest(Request):
    """Undo a task."""

    task: str
