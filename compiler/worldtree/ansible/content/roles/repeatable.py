"""Which tasks of a role have their effect again each time they run."""

from __future__ import annotations

import re

from worldtree.ansible.content.roles.model import RoleInfo, UnguardedTask

#: Actions that act each time they run, unless a guard prevents it.
NOT_IDEMPOTENT = frozenset(
    f"ansible.builtin.{name}" for name in ("command", "shell", "raw", "script", "expect")
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def unguarded(role: RoleInfo, entry: str) -> tuple[UnguardedTask, ...]:
    """Return the tasks of an entry point that are not idempotent; handlers run only after a change.

    Guards of a command are ``creates`` or ``removes``, ``changed_when: false`` (it only reads), or
    a condition on a registered result, which a block or an import may have too.
    """
    tasks = role.tasks_of(entry)
    looked_up = {task.data["register"] for task in tasks if "register" in task.data}
    found = (
        UnguardedTask(task.file, task.name, task.action)
        for task in tasks
        if task.action in NOT_IDEMPOTENT
        and not (task.arg("creates") or task.arg("removes"))
        and task.data.get("changed_when") is not False
        and not looked_up & set(_NAME.findall(str(task.data.get("when", ""))))
    )
    return tuple(dict.fromkeys(found))
