"""Checks of the active components against the cluster, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from worldtree.catalog.component import Component, PlanContext
from worldtree.errors import Diagnostic


def with_required(
    names: Iterable[str], components: Mapping[str, Component[Any]]
) -> tuple[str, ...]:
    """Return the known ``names`` and all that they switch on, in the components' order."""
    found: set[str] = set()
    waiting = [name for name in names if name in components]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [other for other in components[name].requires if other in components]
    return tuple(name for name in components if name in found)


def check_components(
    context: PlanContext, components: Mapping[str, Component[Any]]
) -> tuple[Diagnostic, ...]:
    """Return the problems of every active component; paths start at the document's root."""
    found: list[Diagnostic] = []
    for component in components.values():
        config = context.config(component.name)
        if config is None:
            continue
        root = ("spec", "components", component.name)
        if component.host_role != "all" and not context.hosts_of(component.host_role):
            found.append(
                Diagnostic(
                    slug="component-without-hosts",
                    summary=f"no host has the role `{component.host_role}`",
                    detail=f"component `{component.name}` would run nowhere",
                    hint=f"add `roles: [{component.host_role}]` to a host, or remove the component",
                    path=root,
                    at_key=True,
                )
            )
        elif component.check:
            for diagnostic in component.check(config, context):
                path = (*root, *(diagnostic.path or ()))
                found.append(replace(diagnostic, path=path))
    return tuple(found)
