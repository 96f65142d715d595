"""Groups that tasks make while they run: `group_by` and `add_host` of plays and of their roles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from worldtree.ansible.content.playbooks.followed_tasks import followed_files, followed_tasks
from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.ansible.content.roles.role_task import RoleTask, iter_tasks

_ACTIONS = {"group_by": ("key", "parents"), "add_host": ("groups", "groupname", "group")}
_LOOPS = ("loop", "with_items", "with_inventory_hostnames")
#: A text that collects the items of a loop: `{{ new | default([]) + [item] }}`.
_COLLECTED = re.compile(
    r"\{\{\s*\(?\s*(?P<name>\w+)\s*(?:\|\s*default\(\s*\[\s*\]\s*\)\s*)?\)?\s*\+\s*"
    r"\[\s*item\s*\]\s*\}\}"
)
#: A loop over a variable.
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*(?:\|\s*unique\s*)?\}\}")
#: A loop over hosts of the inventory.
_KNOWN_HOSTS = re.compile(r"\bgroups\s*[\[.]|\b(?:ansible_)?play_(?:hosts|batch)\b|^all$")
#: What a file of tasks has that makes groups, or leads to one.
_WORDS = re.compile(r"group_by|add_host|(?:include|import)_tasks")
#: `name=value` of a task in one line; a value may be quoted or have a template.
_PAIR = re.compile(r"""(\w+)=("[^"]*"|'[^']*'|(?:\{\{.*?\}\}|[^\s])+)""")
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
_TASK_LISTS = ("pre_tasks", "tasks", "post_tasks", "handlers")


@dataclass(frozen=True, slots=True)
class MadeGroup:
    """A group, or a template of groups, that a task makes."""

    written: str
    #: Whether the task adds hosts that may not be in the inventory (`add_host`).
    new_hosts: bool
    #: The variable that its hosts are collected in, of those of the inventory; empty without one.
    collected: str = ""

    def may_be(self, name: str) -> bool:
        """Whether ``name`` may be a group that this task makes."""
        parts = _TEMPLATE.split(self.written)
        return re.fullmatch(".+".join(re.escape(part) for part in parts), name) is not None


def made_groups(play: ImportedPlay, role_directories: Iterable[Path]) -> list[MadeGroup]:
    """Return the groups that the tasks of ``play`` and of its roles make."""
    found: list[MadeGroup] = []
    seen: set[Path] = set()
    known = _collected_hosts(play)
    for name in _TASK_LISTS:
        data, places = play.play.value(name), _places(play.directory)
        for file, tasks in followed_tasks(data, places, seen, _WORDS):
            found += _of_tasks(tasks, known if file is None else frozenset())
    for directory in role_directories:
        files = sorted(directory.glob("tasks/**/*.y*ml"))
        for _, tasks in followed_files(files, _places(directory), seen, _WORDS):
            found += _of_tasks(tasks, frozenset())
    return list(dict.fromkeys(found))


def _places(root: Path) -> tuple[Path, ...]:
    """Return where the tasks of a role or playbook look for files that they include."""
    return (root, root / "tasks")


def _collected_hosts(play: ImportedPlay) -> frozenset[str]:
    """Return the variables in which tasks of ``play`` collect hosts of the inventory, no others.

    Another value of such a variable, in the play or in a file of it, would be unknown hosts.
    """
    found: dict[str, bool] = {}
    for part in _TASK_LISTS:
        for task in iter_tasks(play.play.value(part), ""):
            if task.action.removeprefix("ansible.builtin.") != "set_fact":
                continue
            loops = [str(task.data[key]) for key in _LOOPS if key in task.data]
            over_hosts = any(_KNOWN_HOSTS.search(loop) for loop in loops)
            for name, value in task.args.items() if isinstance(task.args, dict) else ():
                written = _COLLECTED.fullmatch(str(value).strip())
                known = over_hosts and written is not None and written["name"] == name
                found[name] = found.get(name, True) and known
    given = play.play.value("vars")
    elsewhere = {*(given if isinstance(given, dict) else ()), *play.import_vars}
    return frozenset(name for name, known in found.items() if known and name not in elsewhere)


def _of_tasks(tasks: Iterable[RoleTask], known: frozenset[str]) -> Iterator[MadeGroup]:
    """Yield the groups of ``tasks``; ``known`` are variables with hosts of the inventory."""
    for task in tasks:
        action = task.action.removeprefix("ansible.builtin.")
        if action in _ACTIONS:
            value = task.args or task.data.get("args")
            variable = _collected_variable(task.data, value, known)
            new = not variable and not _over_known_hosts(task.data, value)
            for group in _of_action(action, value, new=new):
                yield replace(group, collected=variable)


def _collected_variable(task: Mapping[str, Any], value: Any, known: frozenset[str]) -> str:
    """Return the variable of ``known`` whose items a task adds; empty where it adds others."""
    named = value.get("name", value.get("hostname")) if isinstance(value, dict) else value
    if not re.search(r"\{\{\s*(?:item|host)\s*\}\}", str(named)):
        return ""
    loops = (_VARIABLE.fullmatch(str(task[key]).strip()) for key in _LOOPS if key in task)
    return next((found[1] for found in loops if found is not None and found[1] in known), "")


def _over_known_hosts(task: Mapping[str, Any], value: Any) -> bool:
    """Whether the hosts that a task adds are hosts of the inventory: the play's own, or a loop."""
    named = value.get("name", value.get("hostname")) if isinstance(value, dict) else value
    text = str(named)
    loops = [str(task[key]) for key in _LOOPS if key in task]
    if re.search(r"\{\{\s*(?:item|host)\s*\}\}", text):
        return any(_KNOWN_HOSTS.search(loop) for loop in loops)
    return re.search(r"\{\{\s*inventory_hostname\s*\}\}", text) is not None


def _of_action(action: str, value: Any, *, new: bool) -> Iterator[MadeGroup]:
    given: Mapping[str, Any] = value if isinstance(value, dict) else {}
    if isinstance(value, str):
        given = {name: text.strip("\"'") for name, text in _PAIR.findall(value)}
    for name in _ACTIONS[action]:
        named = given.get(name)
        for one in named if isinstance(named, list) else [named]:
            # Every host is in `all`, which `parents` has by default.
            if one is None or (name == "parents" and one == "all"):
                continue
            texts = [str(one)] if action == "group_by" else str(one).split(",")
            # As Ansible names them: group_by replaces spaces.
            for text in texts:
                written = text.strip()
                for part in _TEMPLATE.split(written):
                    if " " in part:
                        written = written.replace(part, part.replace(" ", "-"))
                yield MadeGroup(written, new_hosts=new and action == "add_host")
