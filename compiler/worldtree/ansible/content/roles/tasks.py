"""Reads task and handler lists: tasks of each file, actions, included roles, facts set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from worldtree.ansible.content.roles.collection_use import (
    collection_of,
    collections_in_text,
    collections_of_actions,
)
from worldtree.ansible.content.roles.model import TaskSummary
from worldtree.ansible.content.roles.role_task import (
    RoleTask,
    RoleUse,
    iter_tasks,
    key_value_arguments,
)


@dataclass(slots=True)
class _Collected:
    tasks: list[RoleTask] = field(default_factory=list)
    uses: list[RoleUse] = field(default_factory=list)
    notifies: set[str] = field(default_factory=set)
    set_facts: set[str] = field(default_factory=set)
    registers: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)


def as_names(value: object) -> tuple[str, ...]:
    """Return a keyword's value, one string or a list of them, as a tuple of strings."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def notified_by(task: RoleTask) -> tuple[str, ...]:
    """Return the names and topics of the handlers that a task notifies."""
    notify = task.data.get("notify")
    return (notify,) if isinstance(notify, str) else as_names(notify)


def _collect(task: RoleTask, into: _Collected) -> None:
    into.tasks.append(task)
    into.notifies.update(notified_by(task))
    tags = task.data.get("tags")
    for tag in tags if isinstance(tags, list) else [tags or ()]:
        into.tags.update(as_names(str(tag) if isinstance(tag, int) else tag))
    if isinstance(task.data.get("register"), str):
        into.registers.add(task.data["register"])
    if task.action == "ansible.builtin.set_fact":
        args = (
            task.args
            if isinstance(task.args, Mapping)
            else key_value_arguments(str(task.args or ""))
        )
        into.set_facts.update(str(name) for name in args if name != "cacheable")
    if task.role_use is not None:
        into.uses.append(task.role_use)


def handler_names(lists: Iterable[tuple[str, object, bool]]) -> tuple[str, ...]:
    """Return the names and topics of the handlers in task lists, as ``summarise_tasks`` has them.

    Those in blocks are not handlers.
    """
    names: list[str] = []
    for _, data, in_handlers in lists:
        for item in data if in_handlers and isinstance(data, list) else ():
            if isinstance(item, Mapping):
                listen = item.get("listen")
                topics = (listen,) if isinstance(listen, str) else as_names(listen)
                names.extend(str(n) for n in (item.get("name"), *topics) if n)
    return tuple(dict.fromkeys(names))


def summarise_tasks(
    lists: Iterable[tuple[str, object, bool]],
    texts: Iterable[str],
    *,
    parent: Mapping[str, Any] | None = None,
) -> TaskSummary:
    """Summarise task lists, each ``(file, parsed YAML, whether handlers)``.

    ``texts`` are the raw texts of tasks and templates, searched for plugins named in full;
    ``parent`` has the keywords that all tasks inherit.
    """
    into = _Collected()
    files: dict[str, tuple[RoleTask, ...]] = {}
    for file, data, in_handlers in lists:
        files[file] = tuple(iter_tasks(data, file, in_handlers=in_handlers, parent=parent))
        for task in files[file]:
            _collect(task, into)
    actions = frozenset(task.action for task in into.tasks)
    collections = set(collections_of_actions(actions))
    for text in texts:
        collections |= collections_in_text(text)
    for task in into.tasks:
        connection = task.data.get("connection")
        if isinstance(connection, str):
            collections.update(filter(None, [collection_of(connection)]))
    return TaskSummary(
        actions=actions,
        uses=tuple(into.uses),
        notifies=frozenset(into.notifies),
        set_facts=frozenset(into.set_facts),
        registers=frozenset(into.registers),
        tags=frozenset(into.tags),
        files=files,
        collections=frozenset(collections),
    )
