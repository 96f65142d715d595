"""Checks for the action ``include``, which ansible-core has removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from worldtree.ansible.content.roles import Closure, RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.roles.role_task import included_files, tasks_of_file
from worldtree.compile.role_checks.context import CheckContext, path_in_step, path_of_word
from worldtree.core.errors import Diagnostic, Mark, Severity
from worldtree.plan.node import Node

REMOVED = "include"
_ACTION = f"ansible.builtin.{REMOVED}"
_KEY = re.compile(rf"^\s*(?:-\s+)*((?:ansible\.(?:builtin|legacy)\.)?{REMOVED})\s*:")


def check_removed_actions(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield each file with the action, once: an error where Ansible reads it before the play."""
    reported: set[tuple[str, str]] = set()
    for node, role in context.steps:
        closure = context.closure(role)
        at_start = _read_at_start(role, closure)
        for member in closure.roles:
            files = _files_at_start(member) if str(member.path) in at_start else frozenset()
            for file, tasks in member.tasks.files.items():
                key = (str(member.path), file)
                if key in reported or not any(t.action in (_ACTION, REMOVED) for t in tasks):
                    continue
                reported.add(key)
                yield _finding(node, member, file, refused=file in files)


def _read_at_start(role: RoleInfo, closure: Closure) -> frozenset[str]:
    """Return the paths of the roles that Ansible reads before the play starts."""
    found = [str(role.path)]
    for path in found:
        for one in closure.resolved:
            inner = str(one.role.path)
            if one.use.how != "include" and str(one.by.path) == path and inner not in found:
                found.append(inner)
    return frozenset(found)


def _files_at_start(member: RoleInfo) -> frozenset[str]:
    if isinstance(member, PlayInfo):
        return frozenset(task.file for task in member.tasks_at_start())
    files = member.tasks.files
    start = [name for name in files if name in ("tasks/main.yml", "tasks/main.yaml")]
    imported = (
        task.file
        for name in start
        for task in tasks_of_file(
            files, name, lambda one: included_files(one, files, "main") if one.is_import else ()
        )
    )
    return frozenset((*imported, *(n for n in files if n.startswith("handlers/main."))))


def _finding(node: Node, member: RoleInfo, file: str, *, refused: bool) -> Diagnostic:
    path = path_of_word(node, REMOVED) if isinstance(member, PlayInfo) else None
    place = Path(file) if isinstance(member, PlayInfo) else member.path / file
    return Diagnostic(
        "removed-action",
        "Ansible has no action `include` any more",
        detail="Ansible would refuse the whole play."
        if refused
        else "A task that reads this file while the play runs would fail.",
        hint="write `include_tasks`, or `import_tasks` for a file that is always read",
        severity=Severity.ERROR if refused else Severity.WARNING,
        path=path or path_in_step(node),
        mark=None if path else _mark(place),
    )


def _mark(file: Path) -> Mark | None:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    found = ((n, _KEY.match(line)) for n, line in enumerate(lines, 1))
    return next((Mark(str(file), n, hit.start(1) + 1) for n, hit in found if hit), None)
