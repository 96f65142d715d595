"""The process of one task: ``python -m worldtree.worker.task_process``.

It loads everything, waits for a row of the queue on standard input, and works on it. Its parent
keeps one of these ready, since loading takes most of a second. It leads a session of its own and
outlives its parent: its task is its own, and a service that restarts finds it at work.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.app.ports import Ports
from worldtree.app.requests import Cancellation
from worldtree.app.service import Application, load_for_tasks
from worldtree.app.tasks.task_log import TaskLog
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.core.actor import Actor
from worldtree.core.errors import WorldTreeError
from worldtree.core.json_logs import configure_logs
from worldtree.core.private_directories import StoreError
from worldtree.core.process_identity import ProcessIdentity
from worldtree.core.settings import Settings
from worldtree.worker.trace_export import export, is_wanted

_LOG = logging.getLogger(__name__)
#: Exit code of a process that ended itself because it could not reach the database.
_STOPPED_EXIT = 75
#: Says in the environment whether the log is ``json`` or ``text``.
LOG_FORMAT_VARIABLE = "WORLDTREE_TASK_LOG_FORMAT"


@dataclass(frozen=True)
class Assignment:
    """A row of the queue, as it is written to standard input."""

    row: int
    project: str
    task: str
    request: dict[str, object]
    actor: Actor
    #: The process that has the row until this one takes it.
    giver: ProcessIdentity
    #: What documents may do.
    policy: ServicePolicy

    def to_json(self) -> str:
        """Return one line."""
        return json.dumps(
            {
                "row": self.row,
                "project": self.project,
                "task": self.task,
                "request": self.request,
                "actor": self.actor.to_json(),
                "giver": self.giver.to_json(),
                "policy": self.policy.to_data(),
            }
        )

    @classmethod
    def from_json(cls, line: str) -> Assignment:
        """Return what ``to_json`` wrote."""
        data = json.loads(line)
        actor, giver = Actor.from_json(data["actor"]), ProcessIdentity.from_json(data["giver"])
        policy = ServicePolicy.from_data(data["policy"])
        return cls(**{**data, "actor": actor, "giver": giver, "policy": policy})


def main() -> int:
    """Work on the row that comes on standard input; return the exit code."""
    cancellation = Cancellation()

    def cancel(_number: int, _frame: FrameType | None) -> None:
        cancellation.request()

    signal.signal(signal.SIGTERM, cancel)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    directory = Path.cwd()
    settings = Settings.load(os.environ, directory)
    configure_logs("text" if os.environ.get(LOG_FORMAT_VARIABLE) == "text" else "json")
    load_for_tasks()
    line = sys.stdin.readline()
    if not line:
        return 0  # The parent ends and has nothing to do.
    assignment = Assignment.from_json(line)
    ports = Ports(
        environ=os.environ,
        working_directory=directory,
        terminate=lambda pid: os.kill(pid, signal.SIGTERM),
        actor=assignment.actor,
        policy=assignment.policy,
    )
    application = Application(settings, ports)
    try:
        application.work_for_row(assignment.row, _stop)
        return work_on(assignment, application, cancellation)
    except StoreError as problem:
        # The row stays, and is given back.
        _LOG.error("task %s: %s [%s]", assignment.task, problem.message, problem.code)
        return int(problem.exit_code)
    finally:
        application.close()


def _stop() -> None:
    """End at once: another machine may take the task, and everything here has to have ended."""
    _LOG.error("the database was not reached for too long: this process and its runs end")
    os._exit(_STOPPED_EXIT)


def work_on(assignment: Assignment, application: Application, cancellation: Cancellation) -> int:
    """Work on a row; return the exit code. What fails is kept with the task."""
    queue = application.work_queue
    if not queue.accept(assignment.row, assignment.giver):
        return 0
    mine = application.of(assignment.actor, assignment.project)
    tasks = mine.queued_tasks
    observer = TaskObserver(
        on_event=TaskLog(assignment.task, mine.history.trace(assignment.task).trace_id),
        on_connections=lambda _connections: None,
        cancellation=cancellation,
        wait=True,
        keep_tasks=False,
    )
    code = 0
    try:
        tasks.run(assignment.task, assignment.request, observer)
    except StoreError as problem:
        # The row stays, so that a worker continues the task when the database is back.
        _LOG.error("task %s: %s [%s]", assignment.task, problem.message, problem.code)
        return int(problem.exit_code)
    except WorldTreeError as problem:
        _LOG.warning("task %s: %s [%s]", assignment.task, problem.message, problem.code)
        code = int(problem.exit_code)
    except Exception as error:
        # The task shows that it failed, and the log of the service why.
        _LOG.exception("task %s", assignment.task)
        tasks.keep_problem(
            assignment.task,
            WorldTreeError(
                f"an unexpected error ended the process of the task: {type(error).__name__}",
                code="internal-error",
                hint="the log of the service has the details",
            ),
        )
        code = 1
    queue.finish(assignment.row)
    send_trace(mine, assignment.task, os.environ)
    return code


def send_trace(application: Application, task: str, environ: Mapping[str, str]) -> None:
    """Send the trace of a task to a collector, if the environment names one; raises nothing.

    It is made from the stored events, so that it also has what ran before a process died.
    """
    if not is_wanted(environ):
        return
    try:
        context, spans = application.history.spans(task)
    except WorldTreeError as problem:
        _LOG.warning("the trace of task %s: %s [%s]", task, problem.message, problem.code)
        return
    if spans:
        export(context, spans, environ)


if __name__ == "__main__":
    sys.exit(main())
