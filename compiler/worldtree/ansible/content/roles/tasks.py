"""Reads task and handler lists: actions, included roles, facts set, problems with check mode."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from worldtree.ansible.content.roles.collection_use import (
    collection_of,
    collections_in_text,
    collections_of_actions,
    full_action_name,
)
from worldtree.ansible.content.roles.model import CheckModeNote, RoleUse, TaskSummary, UnguardedTask
from worldtree.ansible.model.keywords import TASK_KEYWORDS

#: Actions that Ansible skips in check mode, unless `check_mode: false` makes it run them.
_SKIPPED_IN_CHECK_MODE = frozenset(
    f"ansible.builtin.{name}" for name in ("command", "shell", "raw", "script", "expect", "uri")
)
#: Actions that act each time they run, unless a guard prevents it.
_NOT_IDEMPOTENT = frozenset(
    f"ansible.builtin.{name}" for name in ("command", "shell", "raw", "script", "expect")
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INCLUDES = frozenset(f"ansible.builtin.{name}" for name in ("include_tasks", "import_tasks"))
_BLOCKS = ("block", "rescue", "always")


@dataclass(frozen=True, slots=True)
class RoleTask:
    """One task with its action's full name and arguments."""

    file: str
    data: Mapping[str, Any]
    action: str
    args: Any
    in_handlers: bool = False

    @property
    def name(self) -> str:
        """The task's name, or its action when it has none."""
        return str(self.data.get("name") or self.action)

    def arg(self, name: str) -> Any:
        """Return an argument, given as mapping, in ``args:`` or as ``name=value`` text."""
        if isinstance(self.args, Mapping) and name in self.args:
            return self.args[name]
        extra = self.data.get("args")
        if isinstance(extra, Mapping) and name in extra:
            return extra[name]
        return _key_value_arguments(self.args).get(name) if isinstance(self.args, str) else None


def _key_value_arguments(text: str) -> dict[str, str]:
    try:
        parts = shlex.split(text)
    except ValueError:
        parts = text.split()
    return dict(part.split("=", 1) for part in parts if "=" in part)


def _action(data: Mapping[str, Any]) -> tuple[str, Any] | None:
    for key in ("action", "local_action"):
        value = data.get(key)
        if isinstance(value, str):
            name, _, rest = value.partition(" ")
            return name, rest
        if isinstance(value, Mapping) and "module" in value:
            return str(value["module"]), value
    for key, value in data.items():
        if isinstance(key, str) and key not in TASK_KEYWORDS and not key.startswith("with_"):
            return key, value
    return None


def iter_tasks(data: object, file: str, *, in_handlers: bool = False) -> Iterator[RoleTask]:
    """Yield every task of a task list, those in blocks, rescues and always-sections too."""
    if not isinstance(data, list):
        return
    for item in data:
        if not isinstance(item, Mapping):
            continue
        inner = [item[key] for key in _BLOCKS if key in item]
        for part in inner:
            yield from iter_tasks(part, file, in_handlers=in_handlers)
        if inner:
            continue
        found = _action(item)
        if found is not None:
            yield RoleTask(file, item, full_action_name(found[0]), found[1], in_handlers)


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


def _collect(task: RoleTask, into: _Collected) -> None:
    into.tasks.append(task)
    notify = task.data.get("notify")
    into.notifies.update([notify] if isinstance(notify, str) else as_names(notify))
    into.tags.update(as_names(task.data.get("tags")))
    if isinstance(task.data.get("register"), str):
        into.registers.add(task.data["register"])
    if task.action == "ansible.builtin.set_fact":
        args = (
            task.args
            if isinstance(task.args, Mapping)
            else _key_value_arguments(str(task.args or ""))
        )
        into.set_facts.update(str(name) for name in args if name != "cacheable")
    if task.action in {"ansible.builtin.import_role", "ansible.builtin.include_role"}:
        name = task.arg("name") or task.arg("role")
        if name:
            into.uses.append(
                RoleUse(
                    str(name),
                    "import" if task.action.endswith("import_role") else "include",
                    str(task.arg("tasks_from") or "main")
                    .removesuffix(".yml")
                    .removesuffix(".yaml"),
                    task.file,
                )
            )


def _check_notes(tasks: list[RoleTask]) -> Iterator[CheckModeNote]:
    texts = [str(task.data) for task in tasks]
    for index, task in enumerate(tasks):
        if task.action not in _SKIPPED_IN_CHECK_MODE:
            continue
        if task.data.get("check_mode") is False:
            if task.data.get("changed_when") is not False and task.action != "ansible.builtin.uri":
                yield CheckModeNote(
                    task.file,
                    task.name,
                    task.action,
                    "runs in check mode too (`check_mode: false`) and can change the host",
                    changes=True,
                )
            continue
        result = task.data.get("register")
        if not isinstance(result, str):
            continue
        read = re.compile(rf"\b{re.escape(result)}\b")
        if any(i != index and read.search(text) for i, text in enumerate(texts)):
            yield CheckModeNote(
                task.file,
                task.name,
                task.action,
                f"is skipped in check mode, and its result `{result}` is read later",
                changes=False,
            )


def _unguarded(tasks: list[RoleTask]) -> Iterator[UnguardedTask]:
    """Yield the tasks that are not idempotent; handlers run only after a change.

    Guards of a command are ``creates`` or ``removes``, ``changed_when: false`` (it only reads), or
    a condition on a registered result.
    """
    looked_up = {task.data["register"] for task in tasks if "register" in task.data}
    for task in tasks:
        if task.action not in _NOT_IDEMPOTENT or task.in_handlers:
            continue
        if task.arg("creates") or task.arg("removes") or task.data.get("changed_when") is False:
            continue
        if looked_up & set(_NAME.findall(str(task.data.get("when", "")))):
            continue
        yield UnguardedTask(task.file, task.name, task.action)


def _includes(tasks: list[RoleTask], files: Iterable[str]) -> dict[str, frozenset[str | None]]:
    """Return task file → the task files that it includes, by path below the role."""
    found: dict[str, set[str | None]] = {file: set() for file in files}
    for task in tasks:
        if task.action not in _INCLUDES:
            continue
        name = task.arg("file") or task.arg("_raw_params") or task.args
        known = isinstance(name, str) and "{{" not in name
        near = PurePosixPath(task.file).parent
        found[task.file] |= {str(near / name), f"tasks/{name}"} if known else {None}
    return {file: frozenset(names) for file, names in found.items()}


def summarise_tasks(lists: Iterable[tuple[str, object, bool]], texts: Iterable[str]) -> TaskSummary:
    """Summarise task lists, each ``(file, parsed YAML, whether handlers)``.

    ``texts`` are the raw texts of tasks and templates, searched for plugins named in full.
    """
    into = _Collected()
    files = []
    for file, data, in_handlers in lists:
        files.append(file)
        for task in iter_tasks(data, file, in_handlers=in_handlers):
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
        check_notes=tuple(_check_notes(into.tasks)),
        unguarded=tuple(_unguarded(into.tasks)),
        includes=_includes(into.tasks, files),
        collections=frozenset(collections),
    )
