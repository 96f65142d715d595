"""Tasks that keep and bring back the state before a step, through the collection's modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext

SNAPSHOT = "worldtree.core.snapshot"
RESTORE = "worldtree.core.restore"

#: The hosts' owner may move the records; without it the module chooses by its rights.
_STATE_DIR = "{{ worldtree_state_dir | default(omit) }}"
#: Whose work a rollback under ``wt`` undoes; by hand it is the last change that counts.
_UNDONE_TASK = "{{ worldtree_undone_task | default(omit) }}"


def snapshot_task(context: StepContext, **what: Sequence[str] | Mapping[str, Any]) -> PlayTask:
    """Return the task that records files, packages, services, users or sysctl keys as they are."""
    args: dict[str, Any] = {"id": _record_id(context)}
    args.update({key: list(value) for key, value in what.items()})
    return PlayTask("Keep the state before", SNAPSHOT, {**args, "state_dir": _STATE_DIR})


def restore_tasks(context: StepContext) -> tuple[PlayTask, ...]:
    """Return the tasks that restore what ``snapshot_task`` recorded for this node."""
    args = {"id": _record_id(context), "task": _UNDONE_TASK, "state_dir": _STATE_DIR}
    return (PlayTask("Bring back the state before", RESTORE, args),)


def _record_id(context: StepContext) -> str:
    """Return what the record is found by; by several names a host is several hosts, too."""
    return f"{context.cluster}/{{{{ inventory_hostname }}}}/{context.node}"


def task_name(prefix: str, detail: str, otherwise: str = "") -> str:
    """Return ``prefix detail`` as a task's name; ``otherwise`` for a long or templated detail.

    Lint wants templates at the end of names only, and a name should be readable in a log.
    """
    text = " ".join(str(detail).split())
    if not text or "{{" in text or "{%" in text or len(text) > 60 or "${" in text:
        return f"{prefix} {otherwise}" if otherwise else prefix
    return f"{prefix} {text}"
