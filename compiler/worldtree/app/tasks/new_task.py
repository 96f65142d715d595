"""A new task, from the moment of asking until it begins or is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.ports import Ports
from worldtree.app.tasks.frozen_bundle import keep_task_files
from worldtree.app.tasks.task_requests import Request
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.fsync import BackgroundSync
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


class NewTask:
    """A task that has not begun; its directory exists."""

    def __init__(
        self,
        plan: Plan,
        command: TaskCommand,
        *,
        name: str,
        home: Path,
        store: Callable[[], Store],
        ask: Callable[[NewTask], None],
        parent: str | None,
    ) -> None:
        self.id, self.plan, self.command, self.parent = name, plan, command, parent
        self.directory = home / "tasks" / name
        self._store, self._ask = store, ask
        self._is_asked = False
        self._on_disk: BackgroundSync | None = None

    def ask(self) -> None:
        """Store that the task is asked for, so that others see it; once is enough.

        Raises ``RefusedError`` for a task of the queue that has ended in the meantime.
        """
        if not self._is_asked:
            self._ask(self)
            self._is_asked = True

    def start_sync(self) -> None:
        """Bring its directory to disk meanwhile.

        After a power failure every task in the database has its directory on disk.
        """
        self._on_disk = BackgroundSync(self.directory)

    def begin(self, *, document: str | None = None) -> None:
        """Give the task its plan: it has begun. ``document`` is the text that was compiled.

        Raises ``RefusedError`` when it was cancelled before.
        """
        store, files = self._store(), None
        if self._on_disk is not None:
            self._on_disk.wait()
            files = keep_task_files(store, self.directory)
        store.create_task(
            self.plan,
            self.command,
            name=self.id,
            document=document,
            parent=self.parent,
            files=files,
        )


class NewTasks:
    """Makes the rows and directories of tasks that have not begun."""

    def __init__(self, settings: Settings, ports: Ports, store: Callable[[], Store]) -> None:
        self._settings, self._ports, self._store = settings, ports, store

    @contextmanager
    def new(
        self,
        plan: Plan,
        command: TaskCommand,
        request: Request,
        parent: str | None = None,
        *,
        queued: str | None = None,
    ) -> Iterator[NewTask]:
        """Yield a new task; what ends the block before the task begins is kept with it.

        Its directory is deleted then. A request that is not confirmed was none: nothing is kept.
        ``queued`` is the id of a task that has a row from the queue.
        """

        def ask(task: NewTask) -> None:
            if queued is None:
                self._ask_for(task, request)
            elif not self._store().begin_to_work_on(queued, current_process()):
                raise RefusedError(f"task {queued} has already ended", code="request-cancelled")

        task = NewTask(
            plan,
            command,
            name=queued or new_task_id(),
            home=self._settings.home,
            store=self._store,
            ask=ask,
            parent=parent,
        )
        make_private_directory(task.directory)
        try:
            yield task
        except WorldTreeError as problem:
            if problem.code == "not-confirmed":
                raise  # Nobody asks for it any more.
            # A database that cannot be written must not hide the problem.
            with suppress(StoreError):
                self._end(task, problem)
            raise
        except KeyboardInterrupt:
            with suppress(StoreError):
                task.ask()
                self._store().cancel_task(task.id, _CANCELLED)
            raise
        finally:
            if not self._has_begun(task):
                shutil.rmtree(task.directory, ignore_errors=True)

    def _end(self, task: NewTask, problem: WorldTreeError) -> None:
        if not self._store().has_work():
            return  # Another process has the task.
        with suppress(RefusedError):  # It has already ended.
            task.ask()
        if problem.code == "request-cancelled":
            self._store().cancel_task(task.id, _CANCELLED)
        else:
            self._store().refuse_task(task.id, task.plan.cluster, problem, self._ports.actor)

    def _ask_for(self, task: NewTask, request: Request) -> None:
        self._store().ask_task(
            task.id,
            task.plan.cluster,
            task.plan.pipeline,
            task.command,
            actor=self._ports.actor,
            request=request.located(self._ports.working_directory).model_dump(mode="json"),
            process=current_process(),
            parent=task.parent,
        )

    def _has_begun(self, task: NewTask) -> bool:
        try:
            return self._store().has_begun(task.id)
        except StoreError:
            return True  # Unknown: `wt tasks prune` deletes a directory without a task.
