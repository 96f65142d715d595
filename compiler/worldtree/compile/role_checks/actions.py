"""Checks that the actions which a play's own tasks name exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.content.roles.collection_use import core_actions, full_action_name
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.compile.role_checks.context import CheckContext, path_in_step, path_of_word
from worldtree.compile.role_checks.removed_actions import REMOVED
from worldtree.core.errors import Diagnostic, Severity
from worldtree.core.suggestions import did_you_mean
from worldtree.spec.jinja_syntax import is_template

#: Directories beside a play or in a role with actions of a team.
_PLACES = ("library", "action_plugins")
#: Where Ansible finds actions without a setting.
_PLACES_OF_USERS = tuple(
    Path(base, "plugins", kind)
    for base in ("~/.ansible", "/usr/share/ansible")
    for kind in ("modules", "action")
)


def check_actions(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield each action without a collection that neither Ansible nor the team has.

    It is an error where Ansible reads the task before the play starts. Nothing is said where
    `collections` or a role that is not known may bring it, and of tasks that are no tasks.
    """
    for node, play in context.steps:
        if not isinstance(play, PlayInfo):
            continue
        closure = context.closure(play)
        if closure.dynamic or closure.missing or play.diagnostics:
            continue
        own = _actions_of(context.roles.base).union(*map(_actions_of_role, closure.roles))
        own = own.union(*map(_actions_in, (*context.action_directories, *_PLACES_OF_USERS)))
        at_start = {(task.file, task.action) for task in play.tasks_at_start()}
        seen: set[str] = set()
        tasks = (*play.tasks_of("main"), *play.tasks.handlers)
        # What is refused at the start comes first.
        for task in sorted(tasks, key=lambda one: (one.file, one.action) not in at_start):
            name = task.action.removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")
            is_known = (
                "." in full_action_name(name) or is_template(name) or name in own or name in seen
            )
            if is_known or name == REMOVED or task.data.get("collections"):
                continue
            seen.add(name)
            refused = (task.file, task.action) in at_start
            why = (
                "Ansible would refuse the whole play."
                if refused
                else "The task that includes its file would fail."
            )
            yield Diagnostic(
                "unknown-action",
                f"Ansible has no action `{name}`",
                detail=f"{why} Named in {context.place(Path(task.file), task.action)}.",
                hint=did_you_mean(name, core_actions() | own)
                or "write the full name with its collection, or put the module into `library/` "
                "beside the document",
                severity=Severity.ERROR if refused else Severity.WARNING,
                path=path_of_word(node, name)
                or path_of_word(node, f"ansible.builtin.{name}")
                or path_in_step(node),
            )


def _actions_of_role(role: RoleInfo) -> frozenset[str]:
    return frozenset() if isinstance(role, PlayInfo) else _actions_of(role.path)


def _actions_of(directory: Path) -> frozenset[str]:
    return frozenset[str]().union(*(_actions_in(directory / place) for place in _PLACES))


def _actions_in(directory: Path) -> frozenset[str]:
    return frozenset(file.stem for file in directory.expanduser().rglob("*") if file.is_file())
