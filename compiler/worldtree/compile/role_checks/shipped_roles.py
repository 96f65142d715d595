"""Warns of roles that ship with the program where a document looks for its own ones.

A role of the team that is missing, such as one that is not installed yet, would silently be another
one of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.ansible.content.places import word_mark
from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.compile.role_checks.context import CheckContext, path_in_step
from worldtree.core.errors import Diagnostic, DocPath, Mark, Severity


def check_shipped_roles(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield a warning for each place of the team that names a role which ships with the program.

    Without `rolesPath` a document has no roles of its own, and its names can only mean those.
    """
    if not context.roles.role_paths:
        return
    for node in context.graph.nodes.values():
        if node.component is not None:
            continue
        listed = node.play.roles if node.play is not None else ()
        places = [(one.role, path_in_step(node, "roles", n)) for n, one in enumerate(listed)]
        if node.role:
            places.append((node.role, path_in_step(node, "role")))
        for name, path in places:
            role = context.roles.find(name)
            if role is not None and role.origin == "builtin":
                yield _warning(role, path=path)
    yield from _named_by_roles(context)


def _named_by_roles(context: CheckContext) -> Iterator[Diagnostic]:
    for role, node in context.used_roles:
        for one in context.closure(role).resolved:
            if one.role.origin != "builtin" or one.by.origin == "builtin":
                continue
            if isinstance(one.by, PlayInfo):
                if one.use.how != "dependency":
                    yield _warning(one.role, path=path_in_step(node, "tasks"))
                continue
            file = one.by.path / one.use.file
            yield _warning(one.role, mark=word_mark(file, one.use.name))


def _warning(
    role: RoleInfo, *, path: DocPath | None = None, mark: Mark | None = None
) -> Diagnostic:
    ships = f"comes with the package {role.package}" if role.package else "ships with WorldTree"
    return Diagnostic(
        "not-a-team-role",
        f"the role `{role.name}` is the one that {ships}",
        detail="No directory of `spec.rolesPath` has a role of this name, and `ansible-playbook` "
        "alone would not find one.",
        hint="if it is a role of yours, install it, or add its directory to `spec.rolesPath`",
        severity=Severity.WARNING,
        path=path,
        mark=mark,
        subject=role.name,
    )
