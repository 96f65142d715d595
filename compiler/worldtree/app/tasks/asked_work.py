"""What a caller of the service asks for on a cluster: the part of a request that it chooses."""

from __future__ import annotations

from typing import Self

from pydantic import Field, JsonValue, model_validator

from worldtree.app.content.content_request import AskedContent
from worldtree.app.tasks.task_requests import DoubtAnswer, Mode, Request, TaskRequest
from worldtree.compile.selection import Selection
from worldtree.plan.pipeline_names import CREATE_CLUSTER, DESTROY_CLUSTER, VERIFY
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.results.task_command import TaskCommand

#: Pipeline -> the command of its tasks.
_COMMANDS = {DESTROY_CLUSTER: TaskCommand.DESTROY, VERIFY: TaskCommand.VERIFY}
_BESIDE = "Roles, playbooks and files that lie beside the document."


class AskedSelection(Request):
    """Which part of the work to run; empty lists select everything."""

    only: list[str] = Field(default=[], description="Nodes, by id or pattern.")
    since: list[str] = Field(default=[], description="These nodes and all after them.")
    until: list[str] = Field(default=[], description="These nodes and all before them.")
    hosts: list[str] = Field(default=[], description="Host names and patterns.")
    tags: list[str] = Field(default=[], description="Tags, as `--tags` of Ansible.")
    skip_tags: list[str] = Field(default=[], description="Tags, as `--skip-tags` of Ansible.")

    def selection(self) -> Selection:
        """Return the selection of the compiler."""
        return Selection(**{name: tuple(value) for name, value in self.model_dump().items()})


class AskedPipeline(Request):
    """A pipeline, and what part of it."""

    pipeline: str = Field(default=CREATE_CLUSTER, description="Name of the pipeline.")
    parameters: dict[str, JsonValue] = Field(default={}, description="Of the pipeline.")
    selection: AskedSelection = AskedSelection()


class AskedWork(AskedPipeline):
    """Run a pipeline of a stored document."""

    check: bool = Field(default=False, description="Ansible's check mode: nothing is changed.")
    diff: bool = Field(default=False, description="Report differences of changed files.")
    only_changed: bool = Field(
        default=False, description="Skip work whose input is unchanged since its last success."
    )
    version: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="Of the document; the wanted one by default."
    )

    content: AskedContent | None = Field(
        default=None,
        # Programs that know none read what is stored.
        exclude_if=lambda value: value is None,
        description=_BESIDE,
    )

    @property
    def command(self) -> TaskCommand:
        """The command of the task."""
        return _COMMANDS.get(self.pipeline, TaskCommand.APPLY)

    def pipeline_request(self) -> PipelineRequest:
        """Return the pipeline and its parameters."""
        return PipelineRequest(self.pipeline, self.parameters)

    def task_request(self, document: str) -> TaskRequest:
        """Return the request for a stored document, by its digest."""
        return TaskRequest(
            command=self.command,
            stored_document=document,
            pipeline=self.pipeline_request(),
            selection=self.selection.selection(),
            only_changed=self.only_changed,
            mode=Mode(check=self.check, diff=self.diff),
            content=None if self.content is None else self.content.source(),
        )


class AskedTask(AskedWork):
    """Run a pipeline of a stored document, or of one that is stored with the request."""

    document: str | None = Field(
        default=None,
        description="Text of a document, as YAML. It is stored together with the task, or not at "
        "all; `If-Match` says which one it replaces. With `check` the wanted document stays.",
    )

    @model_validator(mode="after")
    def _one_document(self) -> Self:
        if self.document is not None and self.version is not None:
            raise ValueError("`document` and `version` exclude each other")
        return self


class AskedCompile(AskedPipeline):
    """Compile a document that is not stored."""

    content: AskedContent | None = Field(default=None, description=_BESIDE)
    document: str = Field(description="Text of the document, as YAML.")
    bundle: bool = Field(default=False, description="Also return the bundle.")


class AskedDrift(Request):
    """Compare hosts with a stored document."""

    selection: AskedSelection = AskedSelection()
    version: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="Of the document; the wanted one by default."
    )
    content: AskedContent | None = Field(default=None, description=_BESIDE)


class AskedFacts(Request):
    """Gather the facts of hosts."""

    hosts: list[str] = Field(default=[], description="Host names and patterns; none for all.")
    version: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="Of the document; the wanted one by default."
    )
    content: AskedContent | None = Field(default=None, description=_BESIDE)


class AskedResume(Request):
    """Continue a task."""

    if_in_doubt: DoubtAnswer | None = Field(
        default=None, description="What to do with work that may have had its effect."
    )


class AskedRetry(AskedResume):
    """Continue a task, and run chosen work again although it is done."""

    nodes: list[str] = Field(default=[], description="Nodes to run again, by id or pattern.")
    hosts: list[str] = Field(default=[], description="Hosts to run them on.")
