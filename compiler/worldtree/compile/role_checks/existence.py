"""Checks that roles, their entry points and their dependencies exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from worldtree.ansible.content.places import word_mark
from worldtree.ansible.content.roles import Closure, RoleInfo
from worldtree.ansible.content.roles.collection_use import collection_of, is_beside_core
from worldtree.ansible.content.roles.missing import (
    missing_collections,
    missing_role,
    unmatched_names,
)
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.compile.role_checks.context import (
    CheckContext,
    called_role,
    path_in_step,
    path_of_word,
)
from worldtree.core.errors import Diagnostic, Severity
from worldtree.core.suggestions import did_you_mean
from worldtree.plan.node import Node
from worldtree.plan.play_work import PlayWork


def check_roles_exist(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield an error for each step whose role, or entry point of it, does not exist."""
    for node in context.graph.nodes.values():
        if node.play is not None:
            yield from _unknown_in_play(context, node, node.play)
        if node.role is None:
            continue
        role = called_role(node, context.roles)
        if role is None:
            yield context.roles.unknown(node.role, path_in_step(node, "role"))
        elif not _has_entry(role, node.entry):
            yield _unknown_entry(role, node)


def _unknown_in_play(context: CheckContext, node: Node, play: PlayWork) -> Iterator[Diagnostic]:
    for number, one in enumerate(play.roles):
        if context.roles.find(one.role) is None:
            yield context.roles.unknown(one.role, path_in_step(node, "roles", number))


def _has_entry(role: RoleInfo, entry: str) -> bool:
    # A role may have handlers, filters or dependencies only, and no tasks.
    return role.has_entry(entry) or (entry == "main" and not role.entries)


def _unknown_entry(role: RoleInfo, node: Node) -> Diagnostic:
    known = sorted(role.task_files)
    return Diagnostic(
        "unknown-role-entry",
        f"role `{role.name}` has no entry `{node.entry}`",
        detail=f"An entry is a file of {role.path / 'tasks'}: "
        + (", ".join(f"`{name}`" for name in known) or "there is none")
        + ".",
        hint=did_you_mean(node.entry, known),
        path=path_in_step(node, "entry" if node.entry != "main" else "role"),
    )


def check_role_dependencies(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield what is wrong with the used roles' own files, dependencies and collections."""
    reported: set[str] = set()
    absent: set[str] = set()
    for role, node in context.used_roles:
        closure = context.closure(role)
        for member in closure.roles:
            if str(member.path) not in reported:
                reported.add(str(member.path))
                yield from _own_findings(member, closure)
        for missing in closure.missing:
            if isinstance(missing.by, PlayInfo) and missing.use.how == "dependency":
                continue  # ``check_roles_exist`` says so.
            key = f"{missing.by.path}:{missing.use.name}"
            if key not in reported:
                reported.add(key)
                finding = missing_role(missing, context.roles)
                yield _placed(finding, missing.by, missing.use.name, node)
        for one, finding in unmatched_names(closure, context.roles):
            key = f"{one.by.path}:{one.use.name}"
            if key not in reported:
                reported.add(key)
                yield _placed(finding, one.by, one.use.name, node)
        for name, finding in missing_collections(closure, context.roles):
            refused = _is_refused(role, name)
            if (key := f"{name}:{refused}") not in absent:
                absent.add(key)
                if refused:
                    why = "Ansible would refuse the whole play."
                    finding = replace(finding, severity=Severity.ERROR, detail=why)
                users = (one for one in closure.roles if name in one.tasks.collections)
                yield _placed(finding, next(users, role), name, node)


def _is_refused(role: RoleInfo, collection: str) -> bool:
    """Whether Ansible reads an action of the collection before the first task of a play."""
    if not isinstance(role, PlayInfo) or is_beside_core(collection):
        return False
    return any(collection_of(task.action) == collection for task in role.tasks_at_start())


def _placed(finding: Diagnostic, by: RoleInfo, word: str, node: Node) -> Diagnostic:
    """Return ``finding`` where ``by`` has ``word``, or at the step if that is not known."""
    path = path_of_word(node, word) if isinstance(by, PlayInfo) else None
    if path is None:
        files = (Path(file.path) for file in by.played_content)
        marks = (word_mark(file, word) for file in files if file.suffix in (".yml", ".yaml"))
        mark = next((mark for mark in marks if mark.line), None)
        if mark is not None:
            return replace(finding, mark=mark)
    return replace(finding, path=path or path_in_step(node, "role"))


def _own_findings(member: RoleInfo, closure: Closure) -> Iterator[Diagnostic]:
    """Yield what is wrong with a role's files; no error if it may not be part of any play."""
    for finding in member.diagnostics:
        if str(member.path) in closure.possible:
            yield replace(finding, severity=Severity.WARNING)
        else:
            yield finding


def check_role_names_differ(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield an error when two different roles would have the same directory in the bundle."""
    first: dict[str, RoleInfo] = {}
    for role, node in context.used_roles:
        if role.origin != "team":
            continue
        for member in context.closure(role).roles:
            if member.origin != "team":
                continue
            other = first.setdefault(member.name, member)
            if other.path != member.path:
                yield Diagnostic(
                    "role-name-clash",
                    f"two different roles are called `{member.name}`",
                    detail=f"One is {other.path}, the other {member.path}; Ansible tells"
                    " roles apart by name only.",
                    hint="rename one of the two directories",
                    path=path_in_step(node, "role"),
                )
