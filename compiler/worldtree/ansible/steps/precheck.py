"""The precheck of built-in steps whose actions are not idempotent."""

from __future__ import annotations

from typing import Any

from worldtree.ansible.model.plays import PlayTask
from worldtree.core.journal_events import PRECHECK_DONE_FACT


def unless_tasks(command: str | list[Any], chdir: str | None) -> tuple[PlayTask, ...]:
    """Return tasks that set ``worldtree_done`` where ``command`` exits with 0, in any mode."""
    args: dict[str, Any] = {"cmd": command} if isinstance(command, str) else {"argv": command}
    if chdir is not None:
        args["chdir"] = chdir
    check = PlayTask(
        "Check whether the work is done already",
        "ansible.builtin.command",
        args,
        {
            "register": "__worldtree_unless",
            "changed_when": False,
            "failed_when": False,
            "check_mode": False,
        },
    )
    record = PlayTask(
        "Record whether the work is done already",
        "ansible.builtin.set_fact",
        {PRECHECK_DONE_FACT: "{{ __worldtree_unless.rc == 0 }}"},
    )
    return (check, record)
