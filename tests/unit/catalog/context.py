"""A cluster as a planner sees it, written down in a few words."""

from __future__ import annotations

from dataclasses import dataclass, field

from worldtree.catalog.component import ComponentConfig
from worldtree.plan.plan import PlanHost


@dataclass(frozen=True)
class Cluster:
    """A ``PlanContext`` made of plain data."""

    hosts: tuple[PlanHost, ...] = ()
    configs: dict[str, ComponentConfig] = field(default_factory=dict)
    cluster: str = "demo"

    def hosts_of(self, role: str) -> tuple[PlanHost, ...]:
        return tuple(host for host in self.hosts if role in host.roles)

    def config(self, component: str) -> ComponentConfig | None:
        return self.configs.get(component)


def host(name: str, *roles: str, address: str = "", **more: object) -> PlanHost:
    """Return a host; its address is its name unless given."""
    return PlanHost.model_validate(
        {"name": name, "address": address or name, "roles": roles, **more}
    )
