"""The roles that plays name: in `roles`, and in tasks of the playbook and of files they include."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.ansible.content.roles.role_task import INCLUDES, RoleUse, iter_tasks
from worldtree.ansible.content.yaml_files import UnreadableYamlError, read_yaml

_TASK_LISTS = ("pre_tasks", "tasks", "post_tasks", "handlers")


def role_uses(play: ImportedPlay) -> Iterator[RoleUse]:
    """Yield each role that ``play`` names itself; files that cannot be read are left out."""
    keyword = play.play.get("roles")
    for item in keyword.items if keyword else ():
        value = item.value
        name = value.get("role", value.get("name")) if isinstance(value, dict) else value
        if isinstance(name, str) and name.strip():
            yield RoleUse(name, "dependency")
    seen: set[Path] = set()
    for name in _TASK_LISTS:
        yield from _of_tasks(play.play.value(name), (play.directory,), seen)


def _of_tasks(tasks: Any, places: Iterable[Path], seen: set[Path]) -> Iterator[RoleUse]:
    """Yield the roles of ``tasks``, whose includes count from one of ``places``."""
    for task in iter_tasks(tasks, ""):
        if (use := task.role_use) is not None:
            yield from use.single
        if task.action not in INCLUDES or not task.included_file:
            continue
        for place in places:
            file = Path(os.path.normpath(place / task.included_file))
            if file in seen or not file.is_file():
                continue
            seen.add(file)
            try:
                inner = read_yaml(file)
            except (OSError, UnicodeDecodeError, UnreadableYamlError):
                continue
            yield from _of_tasks(inner, dict.fromkeys((file.parent, *places)), seen)
