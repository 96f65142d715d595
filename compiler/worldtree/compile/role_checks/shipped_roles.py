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

    Without `rolesPath` a document has no roles of its own, and its names can only mean those. Those
    in `shippedRoles` are meant.
    """
    yield from _wrong_names(context)
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
            if role is not None and _is_doubtful(role, context):
                yield _warning(role, path=path)
    yield from _named_by_roles(context)


def _is_doubtful(role: RoleInfo, context: CheckContext) -> bool:
    return role.origin == "builtin" and role.name not in context.shipped_roles


def _wrong_names(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each name in `shippedRoles` that means no role of the program."""
    for index, name in enumerate(context.shipped_roles):
        path: DocPath = ("spec", "ansible", "shippedRoles", index)
        role = context.roles.find(name)
        if role is None:
            yield context.roles.unknown(name, path)
        elif role.origin != "builtin":
            yield Diagnostic(
                "not-a-shipped-role",
                f"the role `{name}` is not the one that ships with WorldTree",
                detail=f"The name means the role in {role.path}, which runs.",
                hint="remove the name from `spec.ansible.shippedRoles`, or that role from"
                " `spec.rolesPath`",
                severity=Severity.WARNING,
                path=path,
                subject=name,
            )


def _named_by_roles(context: CheckContext) -> Iterator[Diagnostic]:
    for role, node in context.used_roles:
        for one in context.closure(role).resolved:
            if not _is_doubtful(one.role, context) or one.by.origin == "builtin":
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
        hint="if it is a role of yours, install it, or add its directory to `spec.rolesPath`; if"
        f" this one is meant, write `spec: {{ansible: {{shippedRoles: [{role.name}]}}}}`",
        severity=Severity.WARNING,
        path=path,
        mark=mark,
        subject=role.name,
    )
