"""Tasks that save the state before a step and restore it, with the collection's modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext, StepParams
from worldtree.spec.jinja_syntax import is_template

SNAPSHOT = "worldtree.core.snapshot"
RESTORE = "worldtree.core.restore"

#: The variable moves the records; by default the module chooses the directory by its user.
_STATE_DIR = "{{ worldtree_state_dir | default(omit) }}"
#: The task that a rollback by ``wt`` undoes; in a run by hand the last change is undone.
_UNDONE_TASK = "{{ worldtree_undone_task | default(omit) }}"


def snapshot_task(context: StepContext, **what: Sequence[str] | Mapping[str, Any]) -> PlayTask:
    """Return the task that records files, packages, services, users or sysctl keys as they are."""
    args: dict[str, Any] = {"id": _record_id(context)}
    args.update({key: list(value) for key, value in what.items()})
    return PlayTask("Save the state before the change", SNAPSHOT, {**args, "state_dir": _STATE_DIR})


def restore_tasks(_params: StepParams, context: StepContext) -> tuple[PlayTask, ...]:
    """Return the tasks that restore what ``snapshot_task`` recorded for this node."""
    args = {"id": _record_id(context), "task": _UNDONE_TASK, "state_dir": _STATE_DIR}
    return (PlayTask("Restore the saved state", RESTORE, args),)


def _record_id(context: StepContext) -> str:
    """Return the id of the record; two inventory names of one machine have a record each."""
    return f"{context.cluster}/{{{{ inventory_hostname }}}}/{context.node}"


def task_name(prefix: str, detail: str, otherwise: str = "") -> str:
    """Return ``prefix detail`` as a task's name; ``otherwise`` for a long or templated detail.

    Lint wants templates at the end of names only, and a name should be readable in a log.
    """
    text = " ".join(str(detail).split())
    if not text or is_template(text) or len(text) > 60 or "${" in text:
        return f"{prefix} {otherwise}" if otherwise else prefix
    return f"{prefix} {text}"
