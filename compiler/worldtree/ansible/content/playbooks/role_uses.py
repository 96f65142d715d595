"""The roles that plays name: in `roles`, and in tasks of the playbook and of files they include."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from worldtree.ansible.content.playbooks.followed_tasks import followed_tasks
from worldtree.ansible.content.playbooks.model import ImportedPlay, Item
from worldtree.ansible.content.roles.role_task import RoleUse

_TASK_LISTS = ("pre_tasks", "tasks", "post_tasks", "handlers")


def named_roles(play: ImportedPlay) -> Iterator[tuple[str, Item]]:
    """Yield the names in the `roles` of ``play``, each with its item."""
    keyword = play.play.get("roles")
    for item in keyword.items if keyword else ():
        value = item.value
        name = value.get("role", value.get("name")) if isinstance(value, dict) else value
        if isinstance(name, str) and name.strip():
            yield name, item


def role_uses(play: ImportedPlay) -> Iterator[RoleUse]:
    """Yield each role that ``play`` names itself; files that cannot be read are left out."""
    for name, _ in named_roles(play):
        yield RoleUse(name, "dependency")
    seen: set[Path] = set()
    for part in _TASK_LISTS:
        for _, tasks in followed_tasks(play.play.value(part), (play.directory,), seen):
            for task in tasks:
                if (use := task.role_use) is not None:
                    yield from use.single
