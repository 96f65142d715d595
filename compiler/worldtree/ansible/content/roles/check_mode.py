"""How an entry point of a role works in Ansible's check mode, with the roles that it brings in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes

from worldtree.ansible.content.roles.jinja_syntax import conjuncts, parse_condition
from worldtree.ansible.content.roles.model import CheckMode, CheckModeNote, RoleInfo
from worldtree.ansible.content.roles.role_task import RoleTask, RoleUse, expressions
from worldtree.ansible.model.keywords import inherit_keywords
from worldtree.core.check_mode_rules import OWN_RESULT_KEYWORDS, can_change, is_false

#: Actions that Ansible skips in check mode, unless `check_mode: false` makes it run them.
_SKIPPED = frozenset(
    f"ansible.builtin.{name}" for name in ("command", "shell", "raw", "script", "expect", "uri")
)

#: Those of them that may change a host.
_COMMANDS = _SKIPPED - {"ansible.builtin.uri"}
#: Those that run in check mode as far as to look at `creates` and `removes`.
_GUARDABLE = frozenset(f"ansible.builtin.{name}" for name in ("command", "shell", "script"))

_WORD = re.compile(r"\w+")

Find = Callable[[str, RoleInfo], RoleInfo | None]


@dataclass(frozen=True, slots=True)
class EntryCheck:
    """How an entry point works in check mode."""

    #: The tasks that do not work, each with its role.
    notes: tuple[tuple[RoleInfo, CheckModeNote], ...]
    #: Whether a role that it brings in does not exist.
    missing: bool
    #: Whether Ansible needs such a role to start, as for a dependency or an import. An include may
    #: never be reached, such as one for another platform.
    cannot_start: bool = False

    @property
    def verdict(self) -> CheckMode:
        """An estimate, from the actions used."""
        if any(note.changes for _, note in self.notes):
            return "unsafe"
        return "partial" if self.notes or self.missing else "safe"


def check_entry(role: RoleInfo, entry: str, find: Find) -> EntryCheck:
    """Judge the tasks that ``entry`` can run, its handlers, and the roles that it brings in.

    ``find(name, near)`` looks up a role. Tasks of files that nothing includes do not count.
    """
    notes: dict[tuple[str, CheckModeNote], tuple[RoleInfo, CheckModeNote]] = {}
    missing = cannot_start = False
    seen: list[tuple[str, str, Mapping[str, Any]]] = []
    waiting: list[tuple[RoleInfo, str, Mapping[str, Any]]] = [(role, entry, {})]
    while waiting:
        one, name, parent = waiting.pop()
        if (str(one.path), name, parent) in seen:
            continue
        seen.append((str(one.path), name, parent))
        tasks = [task.within(parent) for task in one.tasks_of(name)]
        handlers = [task.within(parent) for task in one.tasks.handlers]
        for note in _notes(tasks, handlers):
            notes.setdefault((str(one.path), note), (one, note))
        for use, keywords in _uses(one, [*tasks, *handlers], parent):
            found = find(use.name, one)
            if found is not None:
                waiting.append((found, use.entry, keywords))
            missing |= found is None
            cannot_start |= found is None and use.how != "include"
    return EntryCheck(tuple(notes.values()), missing, cannot_start)


def _uses(
    role: RoleInfo, tasks: Sequence[RoleTask], parent: Mapping[str, Any]
) -> Iterator[tuple[RoleUse, Mapping[str, Any]]]:
    """Yield each role that ``tasks`` bring in, and the keywords that it inherits."""
    for use in role.dependencies:
        if not use.is_dynamic:
            yield use, inherit_keywords(inherit_keywords({}, use.keywords), parent)
    for task in tasks:
        for brought in task.role_use.single if task.role_use else ():
            if not brought.is_dynamic:
                yield brought, inherit_keywords({}, task.passed_on)


def _notes(tasks: Sequence[RoleTask], handlers: Sequence[RoleTask]) -> Iterator[CheckModeNote]:
    # No handler runs without a change, which a check shows.
    only_after_change = set(map(id, handlers))
    checked = [task for task in (*tasks, *handlers) if not _left_out_by_condition(task)]
    readers: Mapping[str, Sequence[RoleTask]] | None = None
    for task in checked:
        if is_false(task.data.get("check_mode")):
            if _can_change(task):
                reason = "runs in check mode too (`check_mode: false`) and can change the host"
                yield CheckModeNote(task.file, task.name, task.action, reason, changes=True)
            continue
        result = task.data.get("register")
        reason = ""
        if task.action in _SKIPPED and isinstance(result, str):
            # Once, since tasks may be thousands; and only where it is asked for.
            readers = _readers(checked) if readers is None else readers
            if any(other is not task for other in readers.get(result, ())):
                reason = f"is skipped in check mode, and its result `{result}` is read later"
        if not reason and id(task) not in only_after_change and _is_skipped_change(task):
            reason = "is skipped in check mode, and may change the host"
        if reason:
            yield CheckModeNote(task.file, task.name, task.action, reason, changes=False)


def _is_skipped_change(task: RoleTask) -> bool:
    """Whether the task is a command that check mode skips, although it may change the host."""
    if task.action not in _COMMANDS or task.data.get("check_mode") is True:
        return False
    is_guarded = task.action in _GUARDABLE and (task.arg("creates") or task.arg("removes"))
    return not is_guarded and _can_change(task)


def _can_change(task: RoleTask) -> bool:
    where = "localhost" if "local_action" in task.data else task.data.get("delegate_to")
    return can_change(task.action, task.data.get("changed_when"), where)


def _left_out_by_condition(task: RoleTask) -> bool:
    """Whether the task's condition, or that of a block around it, is false in check mode."""
    when = task.data.get("when")
    for condition in when if isinstance(when, list) else [when]:
        if "ansible_check_mode" not in str(condition):
            continue
        tree = parse_condition(condition)
        if tree is not None and any(map(_is_false_in_check_mode, conjuncts(tree))):
            return True
    return False


def _is_false_in_check_mode(expression: nodes.Expr) -> bool:
    """Whether it is `not ansible_check_mode`, or says the same in another way."""
    match expression:
        case nodes.Not(node=inner):
            return _is_check_mode(inner)
        case nodes.Test(node=inner, name="false" | "falsy"):
            return _is_check_mode(inner)
        case nodes.Compare(expr=inner, ops=[nodes.Operand(op="eq", expr=nodes.Const(value=False))]):
            return _is_check_mode(inner)
    return False


def _is_check_mode(expression: nodes.Expr) -> bool:
    while isinstance(expression, nodes.Filter) and expression.name == "bool":
        if not isinstance(expression.node, nodes.Expr):
            return False
        expression = expression.node
    return isinstance(expression, nodes.Name) and expression.name == "ansible_check_mode"


def _readers(tasks: Sequence[RoleTask]) -> Mapping[str, Sequence[RoleTask]]:
    """Return name -> tasks that read it."""
    found: dict[str, list[RoleTask]] = {}
    for task in tasks:
        for name in _reads(task):
            found.setdefault(name, []).append(task)
    return found


def _reads(task: RoleTask) -> set[str]:
    """Return the words of a task's expressions, among them the variables that it reads."""
    found = _words(task, task.data)
    own = task.data.get("register")
    if own in found:
        # After a task that registers the name too, these see its own result.
        data = {key: value for key, value in task.data.items() if key not in OWN_RESULT_KEYWORDS}
        if own not in _words(task, data):
            found.discard(own)
    return found


def _words(task: RoleTask, data: Mapping[str, Any]) -> set[str]:
    texts = (*expressions(data), *_bare_names(task))
    return {word for text in texts for word in _WORD.findall(text)}


def _bare_names(task: RoleTask) -> Iterator[str]:
    """Yield the names of variables that stand in a task without braces."""
    for key, value in task.data.items():
        if key.startswith("with_") and isinstance(value, str):
            yield value
    if task.action == "ansible.builtin.debug":
        yield str(task.arg("var") or "")
