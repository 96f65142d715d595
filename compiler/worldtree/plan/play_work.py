"""The work of a step that is a whole play: its roles, tasks and keywords."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from worldtree.plan.base_model import PlanModel

#: Tasks as Ansible reads them, or the path of a file of them, relative to the document.
TaskList = str | tuple[dict[str, Any], ...]

#: Sections of a play that hold tasks, in the order in which they run.
TASK_SECTIONS = ("pre_tasks", "tasks", "post_tasks")


class PlayRoleCall(PlanModel):
    """A role as a play lists it."""

    #: Role name, FQCN or directory.
    role: str
    #: The entry point; one other than ``main`` is called by a task.
    entry: str = "main"
    vars: dict[str, Any] = Field(default_factory=dict)
    when: str | None = None
    tags: tuple[str, ...] = ()
    #: Further keywords of Ansible, such as ``become``.
    keywords: dict[str, Any] = Field(default_factory=dict)


class PlayWork(PlanModel):
    """What a play does, besides what every step has: variables, condition, privileges."""

    roles: tuple[PlayRoleCall, ...] = ()
    pre_tasks: TaskList = ()
    tasks: TaskList = ()
    post_tasks: TaskList = ()
    handlers: TaskList = ()
    #: Paths relative to the document; of an inner list, the first file that exists is read.
    vars_files: tuple[str | tuple[str, ...], ...] = ()
    #: Keywords of Ansible, such as ``strategy``.
    keywords: dict[str, Any] = Field(default_factory=dict)

    def sections(self) -> Iterator[tuple[str, TaskList]]:
        """Yield the sections that have tasks, and the handlers, each with its keyword."""
        for name in (*TASK_SECTIONS, "handlers"):
            if found := getattr(self, name):
                yield name, found

    @property
    def values(self) -> list[Any]:
        """Everything in it that may be a template or hold a secret."""
        return [
            *([one.vars, one.keywords] for one in self.roles),
            *(tasks for _, tasks in self.sections()),
            self.keywords,
        ]
