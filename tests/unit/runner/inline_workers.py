"""Runs tasks inside the process of ansible-playbook, which forks for each task and host by itself.

Forks take most of the processor time of a play whose tasks do little. Results come back after
random delays, in any order, as those of forks do.
"""

from __future__ import annotations

import multiprocessing
import random
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from ansible.executor.process.worker import WorkerProcess
from ansible.inventory.host import Host
from ansible.utils.display import Display

from worldtree.runner.inside.method_wrapping import wrap_method

#: Actions that run on the control side and end at once. Those that change the inventory are not
#: among them: newer releases have a worker ask the process of ansible-playbook, which would wait.
_ACTIONS = frozenset(
    {
        "step",
        "print_text",
        "ansible.builtin.include_role",
        "ansible.builtin.include_tasks",
        "ansible.builtin.include_vars",
        "ansible.builtin.set_fact",
    }
)
#: Seconds by which the result of every second task is late, at most.
_LONGEST_DELAY = 0.004


def run_tasks_inline() -> None:
    """Have tasks that do little run without a fork; call it before the first play."""
    # A worker asks the streams of its fork what was printed; those of this process have no answer.
    for stream in (sys.stdout, sys.stderr):
        stream.getvalue = str  # type: ignore[attr-defined]
    wrap_method(Display, "set_queue", _in_fork)
    wrap_method(WorkerProcess, "_detach", _in_fork)
    wrap_method(WorkerProcess, "is_alive", _is_alive)
    wrap_method(WorkerProcess, "start", _start)


class _LateResults:
    """The queue of results; results come to it late."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self._timer: threading.Timer | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def send_task_result(self, *result: Any) -> None:
        """Send a result after a random delay; half of them at once."""
        if random.random() < 0.5:
            self._queue.send_task_result(*result)
            return
        delay = random.uniform(0, _LONGEST_DELAY)
        self._timer = threading.Timer(delay, self._queue.send_task_result, result)
        self._timer.daemon = True
        self._timer.start()

    def is_pending(self) -> bool:
        """Whether a result is not sent yet."""
        return self._timer is not None and self._timer.is_alive()


def _in_fork(original: Callable[..., Any], *args: Any) -> None:
    """Do it in a fork only."""
    if multiprocessing.parent_process() is not None:
        original(*args)


def _is_alive(original: Callable[..., bool], worker: Any) -> bool:
    """A worker without a fork is busy until its result is sent."""
    if isinstance(worker._final_q, _LateResults):
        return worker._final_q.is_pending()
    return original(worker)


def _start(original: Callable[..., Any], worker: Any) -> None:
    task, host = worker._task, worker._host
    if task.action not in _ACTIONS:
        original(worker)
        return
    # A fork changes copies of its own, too.
    worker._task = task.copy(exclude_parent=True)
    worker._task._parent = task._parent
    worker._host = Host.__new__(Host)
    worker._host.__dict__.update(host.__dict__)
    worker._task_vars = dict(worker._task_vars)
    worker._final_q = _LateResults(worker._final_q)
    signals = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.getsignal(number) for number in signals]
    worker.run()
    for number, handler in zip(signals, handlers, strict=True):
        signal.signal(number, handler)
