"""A new task, from the moment of asking until it begins or is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.ports import Ports
from worldtree.app.tasks.requests import Request
from worldtree.core.errors import WorldTreeError
from worldtree.core.private_directories import StoreError, make_private_directory
from worldtree.core.process_identity import current_process
from worldtree.core.settings import Settings
from worldtree.plan.plan import Plan
from worldtree.results.task_command import TaskCommand
from worldtree.store.task_id import new_task_id

if TYPE_CHECKING:
    from worldtree.store.store import Store

#: The message of a task whose request was taken back.
_CANCELLED = "cancelled before it began"


@dataclass(frozen=True)
class NewTask:
    """A task that is asked for; its directory exists."""

    plan: Plan
    command: TaskCommand
    request: Request
    directory: Path
    id: str
    parent: str | None


class NewTasks:
    """Keeps the rows and directories of tasks that have not begun."""

    def __init__(self, settings: Settings, ports: Ports, store: Callable[[], Store]) -> None:
        self._settings, self._ports, self._store = settings, ports, store
        self._asked: set[str] = set()

    @contextmanager
    def new(
        self, plan: Plan, command: TaskCommand, request: Request, parent: str | None = None
    ) -> Iterator[NewTask]:
        """Yield a new task; what ends the block before the task begins is kept with it.

        Its directory is deleted then. A request that is not confirmed was none: nothing is kept.
        """
        name = new_task_id()
        task = NewTask(plan, command, request, self._settings.home / "tasks" / name, name, parent)
        make_private_directory(task.directory)
        try:
            yield task
        except WorldTreeError as problem:
            if problem.code == "not-confirmed":
                raise  # Nobody asks for it any more.
            # A database that cannot be written must not hide the problem.
            with suppress(StoreError):
                self.ask(task)
                if problem.code == "request-cancelled":
                    self._store().cancel_task(task.id, _CANCELLED)
                else:
                    self._store().refuse_task(task.id, plan.cluster, problem, self._ports.actor)
            raise
        except KeyboardInterrupt:
            with suppress(StoreError):
                self.ask(task)
                self._store().cancel_task(task.id, _CANCELLED)
            raise
        finally:
            self._asked.discard(task.id)
            if not self._has_begun(task):
                shutil.rmtree(task.directory, ignore_errors=True)

    def ask(self, task: NewTask) -> None:
        """Store the task unless it is stored: others see that it is asked for."""
        if task.id in self._asked:
            return
        request = task.request.located(self._ports.working_directory)
        self._store().ask_task(
            task.id,
            task.plan.cluster,
            task.plan.pipeline,
            task.command,
            actor=self._ports.actor,
            request=request.model_dump(mode="json"),
            process=current_process(),
            parent=task.parent,
        )
        self._asked.add(task.id)

    def _has_begun(self, task: NewTask) -> bool:
        try:
            return self._store().has_begun(task.id)
        except StoreError:
            return True  # Unknown: `wt tasks prune` deletes a directory without a task.
