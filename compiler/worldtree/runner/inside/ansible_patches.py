"""Replaces methods of Ansible and ansible-runner: less work on results, and more in them.

Imported by ansible-playbook. A part that another release does not have is left alone; the checks of
private APIs (``worldtree.runner.process.private_apis``) report it before anything runs.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

#: Characters of an output above which copies of it cost more than searching for them.
_LARGE_OUTPUT = 2**16
_STREAMS = ("stdout", "stderr")
#: Attribute of a result for callbacks that holds the result before it was censored.
FULL_RESULT = "_worldtree_full_result"


def drop_line_lists(result: dict[str, Any]) -> None:
    """Drop what repeats an output line by line: of a large one, most of the work."""
    for stream in _STREAMS:
        lines = f"{stream}_lines"
        if isinstance(result.get(stream), str) and isinstance(result.get(lines), list):
            del result[lines]


def omit_results_from_display() -> None:
    """Have ansible-runner's callback write down events without results, which are in the journal.

    It would write each one to a file, for the supervisor that does not look at it, and measure a
    large one by printing it into memory.
    """
    shown = sys.modules.get("ansible.plugins.callback.awx_display")
    context: Any = getattr(shown, "event_context", None)
    add = getattr(context, "add_local", None)
    if add is not None:
        context.add_local = lambda **fields: add(
            **{name: value for name, value in fields.items() if name != "res"}
        )


def omit_line_lists_from_callbacks() -> None:
    """Have callbacks get large outputs without their lines; those who registered one keep both.

    Core 2.19 copies a result for every callback and goes through the copy once more, line by line,
    whether the callback looks at it or not: for a million of them 0.8 s each time.
    """
    results = sys.modules.get("ansible.executor.task_result")
    raw: Any = getattr(results, "_RawTaskResult", None)
    copied = getattr(raw, "as_callback_task_result", None)
    if copied is None or hasattr(copied, "__wrapped__"):
        return

    @functools.wraps(copied)
    def spared(result: Any) -> Any:
        data = result._return_data
        if any(
            isinstance(data.get(name), str) and len(data[name]) > _LARGE_OUTPUT for name in _STREAMS
        ):
            data = dict(data)
            drop_line_lists(data)
            result = raw(result.host, result.task, data, result.task_fields)
        return copied(result)

    raw.as_callback_task_result = spared


def attach_full_results() -> None:
    """Have core 2.19 attach the full result to the censored copy that callbacks get."""
    results = sys.modules.get("ansible.executor.task_result")
    raw: Any = getattr(results, "_RawTaskResult", None)
    copied = getattr(raw, "as_callback_task_result", None)
    if copied is None or hasattr(copied, FULL_RESULT):
        return

    @functools.wraps(copied)
    def kept(result: Any) -> Any:
        found = copied(result)
        setattr(found, FULL_RESULT, result._return_data)
        return found

    setattr(kept, FULL_RESULT, True)
    raw.as_callback_task_result = kept
