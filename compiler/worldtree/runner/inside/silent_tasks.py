"""Keeps the calls of tasks with `no_log` out of what a verbose run displays.

From `-vvv` on, Ansible displays the commands that it runs on hosts: with the environment of the
task, which `no_log` hides in results only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from worldtree.runner.inside.method_wrapping import wrap_method


def silence_hidden_tasks() -> None:
    """Have this process's workers display nothing of the calls of tasks with `no_log`."""
    module = sys.modules.get("ansible.executor.task_executor")
    executor = getattr(module, "TaskExecutor", None)
    if hasattr(executor, "_get_connection"):
        wrap_method(executor, "_get_connection", _get_connection)


def _get_connection(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    # Templates of the task are resolved by now. A worker is a process of its own for each task.
    if self._task.no_log:
        from ansible.utils.display import Display

        Display().verbosity = 0
    return original(self, *args, **kwargs)
