"""Findings about roles and collections that a role needs and that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.ansible.content.collection_redirects import redirected_collections
from worldtree.ansible.content.roles.dependencies import Closure, UnresolvedRole
from worldtree.ansible.content.roles.index import RoleIndex
from worldtree.core.errors import Diagnostic, Severity


def missing_role(missing: UnresolvedRole, index: RoleIndex) -> Diagnostic:
    """Return the finding, without its place; an error when Ansible would not start."""
    use, must = missing.use, missing.use.how == "dependency" and missing.certain
    why = "Ansible would not start." if must else "The task that includes it will fail."
    return Diagnostic(
        "missing-role-dependency",
        f"{missing.by.label} depends on the role `{use.name}`, which does not exist",
        detail=f"It is named in {missing.by.path / use.file}. {why}",
        hint=index.unknown(use.name).hint,
        severity=Severity.ERROR if must else Severity.WARNING,
    )


def unmatched_names(
    closure: Closure, index: RoleIndex
) -> Iterator[tuple[UnresolvedRole, Diagnostic]]:
    """Yield the templated names that no role has, with the finding, without its place."""
    for one in closure.dynamic:
        if one.certain and not index.matching(one.use.name, one.by):
            yield (
                one,
                Diagnostic(
                    "no-role-matches",
                    f"{one.by.label} includes `{one.use.name}`, and no role has such a name",
                    detail=f"It is named in {one.by.path / one.use.file}. The name is known when"
                    " the play runs; a bundle has all roles that it may mean, and there is none"
                    " in the searched directories. The task that includes it will fail.",
                    hint="add the directory that contains these roles to `spec.rolesPath`",
                    severity=Severity.WARNING,
                ),
            )


def missing_collections(closure: Closure, index: RoleIndex) -> Iterator[tuple[str, Diagnostic]]:
    """Yield the names of missing collections with the finding, without its place."""
    users: dict[str, str] = {}
    for member in closure.roles:
        own = {*member.tasks.collections, *filter(None, [member.collection])}
        moved = redirected_collections(own, member.tasks.actions, index.collection)
        for name in (*own, *moved):
            users.setdefault(name, member.label)
    for name in closure.collections:
        if index.collection(name) is not None:
            continue
        if name in users:
            what = f"{users[name]} uses"
        else:
            by = next(n for n in closure.collections if name in _dependencies(n, index))
            what = f"the collection `{by}` depends on"
        yield (
            name,
            Diagnostic(
                "missing-collection",
                f"{what} the collection `{name}`, which is not installed",
                detail="It is neither in `spec.collectionsPath` nor among the collections that"
                " WorldTree ships; tasks that need it will fail.",
                hint=f"install it next to the document (`ansible-galaxy collection install {name}"
                " -p collections`) and add that directory to `spec.collectionsPath`",
                severity=Severity.WARNING,
            ),
        )


def _dependencies(collection: str, index: RoleIndex) -> tuple[str, ...]:
    info = index.collection(collection)
    return info.dependencies if info else ()
