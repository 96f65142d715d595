"""Checks that the handlers which a step's role notifies exist in its play."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.ansible.content.roles import Closure, RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.roles.role_task import INCLUDES, RoleTask
from worldtree.ansible.content.roles.tasks import notified_by
from worldtree.compile.role_checks.context import CheckContext, path_in_step
from worldtree.compile.role_checks.one_play import one_play_of_roles
from worldtree.core.errors import Diagnostic, Severity
from worldtree.plan.node import Node
from worldtree.spec.jinja_syntax import is_template


def check_handlers(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield a warning for each handler that a role notifies and that its play does not have.

    Reported once per role. Nothing is said where handlers may be in files that are not known.
    """
    reported: set[tuple[str, str]] = set()
    absent: dict[str, frozenset[str]] = {}
    for node, role in context.steps:
        if role.origin == "builtin":
            continue
        key = str(role.path)
        if key not in absent:
            absent[key] = _absent(context.closure(role))
        for name in sorted(absent[key]):
            if (key, name) in reported:
                continue
            place = _notified_at(context, node, role, name)
            if place:
                reported.add((key, name))
                yield _warning(context, node, role, name, place)


def _absent(closure: Closure) -> frozenset[str]:
    """Return what the roles of a play notify and none of them has."""
    if closure.dynamic or closure.missing or any(map(_has_hidden_handlers, closure.roles)):
        return frozenset()
    known = {name for role in closure.roles for name in role.handlers}
    known |= {f"{role.name} : {name}" for role in closure.roles for name in role.handlers}
    notified = {name for role in closure.roles for name in role.tasks.notifies}
    return frozenset(name for name in notified - known if not is_template(name))


def _has_hidden_handlers(role: RoleInfo) -> bool:
    """Whether it may have handlers of other names: of templates, or of files elsewhere."""
    if any(map(is_template, role.handlers)):
        return True
    return any(_is_elsewhere(role, task) for task in role.tasks.handlers if task.action in INCLUDES)


def _is_elsewhere(role: RoleInfo, include: RoleTask) -> bool:
    """Whether an include of handlers may mean a file that was not read with the role."""
    name = include.included_file
    if name is None or ".." in name:
        return True
    return not (role.path / include.file).parent.joinpath(name).is_file()


def _notified_at(context: CheckContext, node: Node, role: RoleInfo, name: str) -> str:
    """Return where ``node`` notifies ``name``, as ``file:line:column``; empty if it does not."""
    for member in context.closure(role).roles:
        if name not in member.tasks.notifies:
            continue
        files = member.tasks.files.values()
        is_called = member.path == role.path
        tasks = (
            (*member.tasks_of(node.entry), *member.tasks.handlers)
            if is_called
            else [task for listed in files for task in listed]
        )
        for task in tasks:
            if name in notified_by(task):
                return context.place(member.path / task.file, name)
    return ""


def _warning(
    context: CheckContext, node: Node, role: RoleInfo, name: str, place: str
) -> Diagnostic:
    owner = next(
        (
            other
            for other, _ in context.used_roles
            if any(name in member.handlers for member in context.closure(other).roles)
        ),
        None,
    )
    add = (
        "add it to the `handlers` of the step"
        if isinstance(role, PlayInfo)
        else f"add the handler to the `handlers/main.yml` of role `{role.name}`"
    )
    if owner is None:
        who, hint = "no role of the document has", add
    else:
        who = f"only {owner.label} has"
        both = [r for r, _ in context.used_roles if r.path in (role.path, owner.path)]
        hint = f"{one_play_of_roles(both)}; or {add}"
    return Diagnostic(
        "handler-of-another-role",
        f"{role.label} notifies `{name}`, which {who}",
        detail="A handler is found in the same play only, and each step is a play of its own: "
        f"Ansible fails when the task reports a change. Notified in {place}.",
        hint=hint,
        severity=Severity.WARNING,
        path=path_in_step(node, "role"),
    )
