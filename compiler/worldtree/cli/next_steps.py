"""The next steps of an error as commands of ``wt``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from worldtree.core.next_steps import NextAction, NextStep

#: Action -> command, form of its target, and what stands for a target that the caller chooses.
COMMANDS: Mapping[NextAction, tuple[str, str, str]] = {
    "apply": ("wt apply", "-f {}", "FILE"),
    "cancel": ("wt cancel", "{}", "TASK"),
    "compile": ("wt compile", "-f {}", "FILE"),
    "drift": ("wt drift", "-f {}", "FILE"),
    "list-blackouts": ("wt schedule blackout list", "", ""),
    "list-channels": ("wt notify channel list", "", ""),
    "list-deliveries": ("wt notify log", "", ""),
    "list-plans": ("wt proposal list", "--cluster {}", ""),
    "list-projects": ("wt project list", "", ""),
    "list-schedules": ("wt schedule list", "{}", ""),
    "list-tasks": ("wt tasks list", "--cluster {}", ""),
    "list-users": ("wt user list", "", ""),
    "list-workers": ("wt workers", "", ""),
    "request-plan": ("wt proposal request", "{}", "CLUSTER"),
    "resume": ("wt resume", "{}", "TASK"),
    "retry": ("wt retry", "{}", "TASK"),
    "rollback": ("wt rollback", "{}", "TASK"),
    "show-plan": ("wt proposal show", "{}", "PLAN"),
    "show-task": ("wt tasks show", "{}", "TASK"),
    "unlock": ("wt unlock", "{}", "CLUSTER"),
    "validate": ("wt validate", "-f {}", "FILE"),
    "wait": ("--wait", "", ""),
}


def next_step_text(step: NextStep) -> str:
    """Return ``step`` for a line of help, e.g. ``continue it: `wt resume t1 --replan```."""
    return f"{step.purpose}: `{command_line(step)}`"


def command_line(step: NextStep) -> str:
    """Return the command of ``step``; words in capitals are for the caller to choose."""
    command, form, placeholder = COMMANDS[step.action]
    words = [command]
    target = shlex.quote(step.target) if step.target else placeholder
    if form and target:
        words.append(form.format(target))
    for name, value in step.options.items():
        words.append(f"--{name}")
        if not isinstance(value, bool):
            words.append(name.upper() if value is None else shlex.quote(value))
    return " ".join(words)
