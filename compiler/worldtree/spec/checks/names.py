"""Checks names that must differ: groups and hosts, modules and components, tasks, steps, hooks."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec.cluster import Cluster
from worldtree.spec.models.cluster import ClusterDocument

#: Modules that the compiler adds to every graph.
RESERVED_MODULES = frozenset({"facts", "hooks"})


def check_names(model: ClusterDocument, cluster: Cluster, bag: DiagnosticBag) -> None:
    """Check that names in the same namespace differ."""
    _check_groups(model, cluster, bag)
    spec = model.spec
    modules = [(m.name, ("spec", "modules", i, "name")) for i, m in enumerate(spec.modules)]
    _check_distinct("module", modules, bag)
    for name, path in modules:
        if name in RESERVED_MODULES:
            bag.error(
                "reserved-name",
                f"the module name `{name}` is reserved",
                detail="WorldTree adds a module of that name itself.",
                hint="choose another name",
                path=path,
            )
        if name in spec.components:
            bag.error(
                "name-collision",
                f"the module `{name}` has the same name as a component",
                detail="Both would have the same ids.",
                hint="rename the module",
                path=path,
            )
    for i, module in enumerate(spec.modules):
        where: DocPath = ("spec", "modules", i, "tasks")
        _check_distinct(
            "task", [(t.name, (*where, j, "name")) for j, t in enumerate(module.tasks)], bag
        )
        for j, task in enumerate(module.tasks):
            named = [
                (step.name, (*where, j, "steps", k, "name"))
                for k, step in enumerate(task.steps)
                if step.name
            ]
            _check_distinct("step", named, bag)
    hooks = spec.hooks
    _check_distinct(
        "hook",
        [
            (hook.name, ("spec", "hooks", when, i, "name"))
            for when, listed in (
                ("before", hooks.before),
                ("after", hooks.after),
                ("replace", hooks.replace),
            )
            for i, hook in enumerate(listed)
        ],
        bag,
    )


def _check_groups(model: ClusterDocument, cluster: Cluster, bag: DiagnosticBag) -> None:
    for name in cluster.groups:
        if name not in cluster.hosts_by_name:
            continue
        places: list[DocPath] = []
        if name in model.spec.groups:
            places.append(("spec", "groups", name))
        places += [
            ("spec", "hosts", i, "roles", host.roles.index(name))
            for i, host in enumerate(model.spec.hosts)
            if name in host.roles
        ][:1]
        what = "group" if len(places[0]) == 3 else "role"
        bag.error(
            "name-collision",
            f"`{name}` is the name of both a host and a {what}",
            detail="Roles are groups, and Ansible cannot distinguish the host from the group.",
            hint=f"rename one of them, for example the host to `{name}1`",
            path=places[0],
            at_key=what == "group",
        )


def _check_distinct(what: str, names: Iterable[tuple[str, DocPath]], bag: DiagnosticBag) -> None:
    seen: set[str] = set()
    for name, path in names:
        if name in seen:
            bag.error(
                "duplicate-name",
                f"duplicate {what} name `{name}`",
                detail="Names are parts of ids, which must be unique.",
                hint="rename one of them",
                path=path,
            )
        seen.add(name)
