"""Checks that the actions which a play's own tasks name exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.content.roles.collection_use import core_actions, full_action_name
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.compile.role_checks.context import CheckContext, path_in_step
from worldtree.core.errors import Diagnostic, Severity
from worldtree.core.suggestions import did_you_mean

#: Directories beside a play or in a role with actions of a team.
_PLACES = ("library", "action_plugins")


def check_actions(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield a warning for each action without a collection that neither Ansible nor the team has.

    Nothing is said where `collections` or a role that is not known may bring it, and of tasks that
    are no tasks.
    """
    for node, play in context.steps:
        if not isinstance(play, PlayInfo):
            continue
        closure = context.closure(play)
        if closure.dynamic or closure.missing or play.diagnostics:
            continue
        own = _actions_of(context.roles.base).union(*map(_actions_of_role, closure.roles))
        seen: set[str] = set()
        for task in (*play.tasks_of("main"), *play.tasks.handlers):
            name = task.action.removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")
            is_known = "." in full_action_name(name) or "{{" in name or name in own or name in seen
            if is_known or task.data.get("collections"):
                continue
            seen.add(name)
            yield Diagnostic(
                "unknown-action",
                f"Ansible has no action `{name}`",
                detail=f"Ansible would refuse the whole play. Named in "
                f"{context.place(Path(task.file), task.action)}.",
                hint=did_you_mean(name, core_actions() | own)
                or "write the full name with its collection, or put the module into `library/` "
                "beside the document",
                severity=Severity.WARNING,
                path=path_in_step(node),
            )


def _actions_of_role(role: RoleInfo) -> frozenset[str]:
    return frozenset() if isinstance(role, PlayInfo) else _actions_of(role.path)


def _actions_of(directory: Path) -> frozenset[str]:
    files = (file for place in _PLACES for file in (directory / place).rglob("*"))
    return frozenset(file.stem for file in files if file.is_file())
