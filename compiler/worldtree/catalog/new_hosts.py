"""Which hosts the pipeline ``add-hosts`` is about, and a component's part of their creation."""

from __future__ import annotations

from typing import Any

from worldtree.catalog.builders import cluster_machines
from worldtree.catalog.component import Builder, ComponentConfig, PlanContext
from worldtree.catalog.narrowing import narrowed
from worldtree.catalog.pipelines.add_hosts import AddHostsParameters
from worldtree.plan.specs import ModuleSpec


def new_hosts(context: PlanContext) -> tuple[str, ...]:
    """Return the names of the hosts that come, in document order.

    Those of the parameter ``hosts``, else those that the document before did not have; none where
    no earlier document is known.
    """
    given = context.parameters
    if not isinstance(given, AddHostsParameters):
        return ()
    names = [host.name for host in cluster_machines(context)]
    if given.hosts:
        return tuple(name for name in names if name in given.hosts)
    if context.previous is None:
        return ()
    before = {host.name for host in context.previous.hosts}
    return tuple(name for name in names if name not in before)


def on_new_hosts(create: Builder[Any]) -> Builder[Any]:
    """Return the builder of a component's creation on the new hosts alone."""

    def build(config: ComponentConfig, context: PlanContext) -> ModuleSpec | None:
        names = new_hosts(context)
        made = create(config, context) if names else None
        if made is None:
            return None
        own = narrowed(made, names, context)
        return own if own.tasks else None

    return build
