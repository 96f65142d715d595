"""Plays as data: the content of an emitted playbook, before it becomes text.

``Play`` and ``PlayTask`` turn into plain mappings with their keys in the order in which a person
writes them; ``worldtree.ansible.model.yaml_writer`` makes text of those. Tagged strings of
``worldtree.spec.yaml_tags`` stay what they are; a ``Commented`` string has a comment behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    "gather_subset",
    "gather_timeout",
    "fact_path",
    "connection",
    "port",
    "remote_user",
    "become",
    "become_user",
    "become_method",
    "become_flags",
    "become_exe",
    "strategy",
    "order",
    "serial",
    "throttle",
    "timeout",
    "max_fail_percentage",
    "any_errors_fatal",
    "force_handlers",
    "ignore_errors",
    "ignore_unreachable",
    "run_once",
    "check_mode",
    "diff",
    "no_log",
    "collections",
    "module_defaults",
)

#: Keywords of a role after its variables, and of a block, in the order in which they are written.
_ROLE_KEYWORD_ORDER = (
    "environment",
    "delegate_to",
    "delegate_facts",
    *(key for key in _PLAY_KEYWORD_ORDER if not key.startswith("gather_")),
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
class WrittenTask:
    """A task or block as a team wrote it, in Ansible's form."""

    written: Mapping[str, Any]

    def data(self) -> dict[str, Any]:
        """Return the task as it was written."""
        return dict(self.written)


@dataclass(frozen=True, slots=True)
class Block:
    """Tasks under one condition, with variables and keywords of their own."""

    name: str
    tasks: tuple[PlayTask | WrittenTask, ...]
    #: A list holds where all of its items do.
    when: str | list[str] | None = None
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: Further keywords such as ``become``; any order.
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """Return the block as Ansible reads it."""
        found: dict[str, Any] = {"name": self.name}
        if self.vars:
            found["vars"] = dict(self.vars)
        found.update(_in_order(f"block {self.name!r}", self.keywords, _ROLE_KEYWORD_ORDER))
        if self.when is not None:
            found["when"] = self.when
        return {**found, "block": [task.data() for task in self.tasks]}


@dataclass(frozen=True, slots=True)
class PlayRole:
    """A role's main entry point, called as a hand-written playbook does it."""

    name: str
    #: A list holds where all of its items do.
    when: str | list[str] | None = None
    #: They override the role's ``vars/main.yml`` and yield to ``set_fact``.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: Further keywords such as ``become``; any order.
    keywords: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return the entry of ``roles:``."""
        found: dict[str, Any] = {"role": self.name}
        if self.vars:
            found["vars"] = dict(self.vars)
        found.update(_in_order(f"role {self.name!r}", self.keywords, _ROLE_KEYWORD_ORDER))
        if self.when is not None:
            found["when"] = self.when
        return {**found, "tags": list(self.tags)} if self.tags else found


#: What the task sections of a play hold.
PlayItem = PlayTask | Block | WrittenTask
#: One host pattern, or a list of host names.
HostPattern = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """One play: the Ansible form of a node, of its rollback, or of a barrier."""

    name: str
    hosts: HostPattern
    #: Keywords such as ``become`` and ``serial``; any order, None for one that is not set.
    keywords: Mapping[str, Any] = field(default_factory=dict)
    #: Variables, or a list of such mappings and of templates.
    environment: Mapping[str, Any] | Sequence[Any] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    #: Paths, as beside the playbook; of an inner list the first that exists is read.
    vars_files: tuple[str | tuple[str, ...], ...] = ()
    pre_tasks: tuple[PlayItem, ...] = ()
    roles: tuple[PlayRole, ...] = ()
    tasks: tuple[PlayItem, ...] = ()
    #: Run after the handlers that the roles and tasks notified.
    post_tasks: tuple[PlayItem, ...] = ()
    handlers: tuple[WrittenTask, ...] = ()
    #: Whether the play gathers facts itself.
    gather_facts: bool | str = False
    noqa: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return the play as Ansible reads it; raises ``ValueError`` for an unknown keyword."""
        found: dict[str, Any] = {
            "name": name_with_waiver(self.name, self.noqa),
            "hosts": self.hosts if isinstance(self.hosts, str) else list(self.hosts),
            # By default, facts are gathered by a node of their own.
            "gather_facts": self.gather_facts,
            **_in_order(f"play {self.name!r}", self.keywords, _PLAY_KEYWORD_ORDER),
        }
        if self.vars_files:
            found["vars_files"] = [
                item if isinstance(item, str) else list(item) for item in self.vars_files
            ]
        for key in ("vars", "environment"):
            if value := getattr(self, key):
                found[key] = dict(value) if isinstance(value, Mapping) else list(value)
        if self.tags:
            found["tags"] = list(self.tags)
        for key in ("pre_tasks", "roles", "tasks", "post_tasks", "handlers"):
            if items := getattr(self, key):
                found[key] = [item.data() for item in items]
        return found

    def inner_values(self) -> tuple[Any, ...]:
        """Return variables and keywords of roles and blocks, and tasks as a team wrote them."""
        items: list[Any] = [*self.roles, *self.pre_tasks, *self.tasks, *self.post_tasks]
        items += [task for item in items if isinstance(item, Block) for task in item.tasks]
        scopes = [
            one
            for item in items
            if isinstance(item, PlayRole | Block)
            for one in (item.vars, item.keywords)
        ]
        written = (*items, *self.handlers)
        return (*scopes, *(one.written for one in written if isinstance(one, WrittenTask)))

    def all_tasks(self) -> tuple[PlayTask, ...]:
        """Return every task, those in blocks too, but for those that a team wrote."""
        found: list[PlayItem] = []
        for item in (*self.pre_tasks, *self.tasks, *self.post_tasks):
            found.extend(item.tasks if isinstance(item, Block) else (item,))
        return tuple(item for item in found if isinstance(item, PlayTask))


def _in_order(owner: str, keywords: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    """Return the keywords that are set, in ``order``; raises ``ValueError`` for another one."""
    _refuse_unknown(owner, keywords, order)
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key in order
        if (value := keywords.get(key)) is not None
    }


def _refuse_unknown(owner: str, keywords: Mapping[str, Any], known: tuple[str, ...]) -> None:
    if unknown := keywords.keys() - known:
        msg = f"{owner} has unknown keywords: {', '.join(sorted(unknown))}"
        raise ValueError(msg)


def name_with_waiver(name: str, noqa: tuple[str, ...]) -> str:
    """Return ``name``, followed by a lint waiver if there is one."""
    return Commented(name, f"noqa: {' '.join(noqa)}") if noqa else name
