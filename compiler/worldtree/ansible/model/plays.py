"""Plays as data: the content of an emitted playbook, before it becomes text.

``Play`` and ``PlayTask`` turn into plain mappings with their keys in the order in which a person
writes them; ``worldtree.ansible.model.yaml_writer`` makes text of those. Tagged strings of
``worldtree.spec.yaml_tags`` stay what they are; a ``Commented`` string has a comment behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Commented(str):
    """Text with a comment after it on the same line, such as a lint waiver."""

    #: The comment, without ``#``.
    note: str

    def __new__(cls, text: str, note: str) -> Commented:
        """Return ``text`` that carries ``note``."""
        noted = super().__new__(cls, text)
        noted.note = note
        return noted


#: Keywords of a task after its action, in the order in which they are written.
_KEYWORD_ORDER = (
    "args",
    "vars",
    "environment",
    "delegate_to",
    "run_once",
    "throttle",
    "become",
    "become_user",
    "register",
    "until",
    "retries",
    "delay",
    "loop",
    "loop_control",
    "changed_when",
    "failed_when",
    "check_mode",
    "when",
    "no_log",
    "tags",
)


#: Keywords of a play after its hosts, in the order in which they are written.
_PLAY_KEYWORD_ORDER = (
    "become",
    "become_user",
    "serial",
    "throttle",
    "max_fail_percentage",
    "any_errors_fatal",
    "no_log",
)


@dataclass(frozen=True, slots=True)
class PlayTask:
    """One Ansible task: a name, an action with its arguments, and keywords."""

    name: str
    #: Fully qualified name of the action.
    action: str
    args: Any = field(default_factory=dict)
    #: Keywords such as ``when`` and ``register``; any order.
    keywords: Mapping[str, Any] = field(default_factory=dict)
    #: Rules of ansible-lint that the user's own step breaks, waived on this task alone.
    noqa: tuple[str, ...] = ()

    def with_keywords(self, **keywords: Any) -> PlayTask:
        """Return a copy with further keywords; keywords that are already set are kept."""
        merged = {**keywords, **self.keywords}
        return PlayTask(self.name, self.action, self.args, merged, self.noqa)

    def data(self) -> dict[str, Any]:
        """Return the task as Ansible reads it; raises ``ValueError`` for an unknown keyword."""
        _refuse_unknown(f"task {self.name!r}", self.keywords, _KEYWORD_ORDER)
        found: dict[str, Any] = {
            "name": name_with_waiver(self.name, self.noqa),
            self.action: self.args,
        }
        if self.args is None or self.args == {}:
            found[self.action] = {}
        for key in _KEYWORD_ORDER:
            if key in self.keywords:
                found[key] = self.keywords[key]
        return found


@dataclass(frozen=True, slots=True)
class Block:
    """Tasks under one condition, with variables of their own, or both."""

    name: str
    tasks: tuple[PlayTask, ...]
    when: str | None = None
    vars: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """Return the block as Ansible reads it."""
        found: dict[str, Any] = {"name": self.name}
        if self.vars:
            found["vars"] = dict(self.vars)
        if self.when is not None:
            found["when"] = self.when
        return {**found, "block": [task.data() for task in self.tasks]}


@dataclass(frozen=True, slots=True)
class PlayRole:
    """A role's main entry point, called as a hand-written playbook does it."""

    name: str
    when: str | None = None
    #: They override the role's ``vars/main.yml`` and yield to ``set_fact``.
    vars: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """Return the entry of ``roles:``."""
        found: dict[str, Any] = {"role": self.name}
        if self.vars:
            found["vars"] = dict(self.vars)
        return found if self.when is None else {**found, "when": self.when}


#: One host pattern, or a list of host names.
HostPattern = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """One play: the Ansible form of a node, of its rollback, or of a barrier."""

    name: str
    hosts: HostPattern
    #: Keywords such as ``become`` and ``serial``; any order, None for one that is not set.
    keywords: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    pre_tasks: tuple[PlayTask | Block, ...] = ()
    roles: tuple[PlayRole, ...] = ()
    tasks: tuple[PlayTask | Block, ...] = ()
    #: Run after the handlers that the roles and tasks notified.
    post_tasks: tuple[PlayTask | Block, ...] = ()
    noqa: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return the play as Ansible reads it; raises ``ValueError`` for an unknown keyword."""
        _refuse_unknown(f"play {self.name!r}", self.keywords, _PLAY_KEYWORD_ORDER)
        found: dict[str, Any] = {
            "name": name_with_waiver(self.name, self.noqa),
            "hosts": self.hosts if isinstance(self.hosts, str) else list(self.hosts),
            # Facts are gathered by a node of their own.
            "gather_facts": False,
        }
        for key in _PLAY_KEYWORD_ORDER:
            if (value := self.keywords.get(key)) is not None:
                found[key] = list(value) if isinstance(value, tuple) else value
        for key in ("vars", "environment"):
            if mapping := getattr(self, key):
                found[key] = dict(mapping)
        if self.tags:
            found["tags"] = list(self.tags)
        for key in ("pre_tasks", "roles", "tasks", "post_tasks"):
            if items := getattr(self, key):
                found[key] = [item.data() for item in items]
        return found

    def inner_vars(self) -> tuple[Mapping[str, Any], ...]:
        """Return the variables that roles and blocks of the play have for themselves."""
        items = (*self.roles, *self.pre_tasks, *self.tasks, *self.post_tasks)
        return tuple(item.vars for item in items if isinstance(item, PlayRole | Block))

    def all_tasks(self) -> tuple[PlayTask, ...]:
        """Return every task, those in blocks too."""
        found: list[PlayTask] = []
        for item in (*self.pre_tasks, *self.tasks, *self.post_tasks):
            found.extend(item.tasks if isinstance(item, Block) else (item,))
        return tuple(found)


def _refuse_unknown(owner: str, keywords: Mapping[str, Any], known: tuple[str, ...]) -> None:
    if unknown := keywords.keys() - known:
        msg = f"{owner} has unknown keywords: {', '.join(sorted(unknown))}"
        raise ValueError(msg)


def name_with_waiver(name: str, noqa: tuple[str, ...]) -> str:
    """Return ``name``, followed by a lint waiver if there is one."""
    return Commented(name, f"noqa: {' '.join(noqa)}") if noqa else name
