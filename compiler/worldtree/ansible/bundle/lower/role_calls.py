"""The roles of a plan: which go into its bundle, and under which names."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from worldtree.ansible.bundle.lower.lowered import CalledRole
from worldtree.ansible.content.file_digests import ContentFile
from worldtree.ansible.content.roles import Closure, RoleIndex, RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.core.errors import DiagnosticBag
from worldtree.core.journal_events import PRECHECK_DONE_FACT
from worldtree.plan.ids import without_pipeline
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan


@dataclass(frozen=True)
class RoleCalls:
    """The roles that a plan's nodes call; ``lower`` gets ``of``."""

    #: Role of the bundle by its directory's name below ``roles/``, sorted; dependencies too.
    carried: Mapping[str, RoleInfo] = field(default_factory=dict)
    #: Further name below ``roles/`` by which a role names another -> the name of that one.
    aliases: Mapping[str, str] = field(default_factory=dict)
    #: ``ns.name`` of every collection that roles come from or use; sorted.
    collections: tuple[str, ...] = ()
    #: The roles of collections that are called.
    of_collections: tuple[RoleInfo, ...] = ()
    #: (role as a node names it, whether a component's) -> how it is called.
    calls: Mapping[tuple[str, bool], CalledRole] = field(default_factory=dict)
    #: Path below the document -> file of tasks, handlers or variables that a play reads.
    files: Mapping[str, ContentFile] = field(default_factory=dict)

    def of(self, node: Node) -> CalledRole:
        """Return how ``node``'s role is called; raises ``KeyError`` for one of another plan."""
        return self.calls[node.role or "", node.component is not None]

    def in_play(self, node: Node) -> tuple[CalledRole, ...]:
        """Return how the roles that ``node``'s play lists are called, in order."""
        listed = () if node.play is None else node.play.roles
        return tuple(self.calls[one.role, node.component is not None] for one in listed)


def role_calls(plan: Plan, index: RoleIndex, bag: DiagnosticBag) -> RoleCalls:
    """Find every role that ``plan`` needs; unknown roles and name clashes are errors in ``bag``.

    A component's node means the built-in role, even where the team has one of that name; the
    bundle then has the built-in one as ``worldtree_<name>``.
    """
    found: dict[tuple[str, bool], RoleInfo] = {}
    plays: list[PlayInfo] = []
    for node in plan.graph.nodes.values():
        if node.play is not None:
            plays.append(index.play(node.play, without_pipeline(node.id), node.source))
        if (shared := index.variable_files(node.vars_files)) is not None:
            plays.append(shared)
        for name in node.role_names:
            key = (name, node.component is not None)
            if key in found:
                continue
            role = index.called(name, by_component=key[1])
            if role is None:
                bag.items.append(index.unknown(name, node.source))
            else:
                found[key] = role
    closures = [index.closure_of(role) for role in (*found.values(), *plays)]
    everything = {
        str(role.path): role
        for closure in closures
        for role in closure.roles
        if not isinstance(role, PlayInfo)
    }
    names = _names(everything.values(), bag)
    return RoleCalls(
        carried={names[path]: everything[path] for path in sorted(names, key=lambda p: names[p])},
        aliases=_aliases(closures, names),
        of_collections=tuple(role for role in everything.values() if role.collection),
        collections=tuple(sorted({name for c in closures for name in c.collections})),
        files={file.relative: file for play in plays for file in play.content},
        calls={
            key: _called(role, names, closure)
            for (key, role), closure in zip(found.items(), closures, strict=False)
        },
    )


def _names(roles: Iterable[RoleInfo], bag: DiagnosticBag) -> dict[str, str]:
    """Return path -> name in the bundle, for all roles that are not part of a collection."""
    taken: dict[str, RoleInfo] = {}
    names: dict[str, str] = {}
    own = [role for role in roles if role.collection is None]
    for role in sorted(own, key=lambda r: (r.origin == "builtin", r.name, str(r.path))):
        name = role.name
        if name in taken and role.origin == "builtin":
            name = f"worldtree_{name}"
        if name in taken:
            bag.error(
                "role-name-clash",
                f"two roles are called `{name}`",
                detail=f"They are {taken[name].path} and {role.path}; a bundle has all roles in one"
                " directory, so only one of them can have the name.",
                hint="rename one of them, or use one for both",
            )
            continue
        taken[name] = role
        names[str(role.path)] = name
    return names


def _aliases(closures: Iterable[Closure], names: Mapping[str, str]) -> dict[str, str]:
    """Return the names by which roles use others that a bundle has elsewhere, sorted.

    The directory of roles is searched, and for a dependency also the one that its role is in.
    """
    found: dict[str, str] = {}
    taken = frozenset(names.values())
    for one in (used for closure in closures for used in closure.resolved):
        place = names.get(str(one.role.path))
        near = posixpath.dirname(names.get(str(one.by.path), ""))
        alias = posixpath.normpath(one.use.name)
        looked = {alias}
        if one.use.how == "dependency":
            looked.add(posixpath.normpath(posixpath.join(near, one.use.name)))
        outside = alias.startswith(("..", "/", "~"))
        if place is not None and place not in looked and alias not in taken and not outside:
            found[alias] = place
    return dict(sorted(found.items()))


def _has_tags(role: RoleInfo) -> bool:
    return bool(role.tasks.tags) or any("tags" in use.keywords for use in role.dependencies)


def _called(role: RoleInfo, names: Mapping[str, str], closure: Closure) -> CalledRole:
    # A team's tasks/precheck.yml may be anything; it counts only if it follows the convention.
    follows_convention = (
        role.origin == "builtin"
        or "precheck" in role.specs
        or PRECHECK_DONE_FACT in role.tasks.set_facts
    )
    return CalledRole(
        name=role.name if role.collection else names.get(str(role.path), role.name),
        has_precheck=role.has_precheck and follows_convention,
        has_rollback=role.has_rollback,
        undone_entries=role.undone_entries,
        has_tags=any(map(_has_tags, closure.roles)),
    )
