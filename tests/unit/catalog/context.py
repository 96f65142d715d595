"""A cluster as a planner sees it, written down in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.pipeline import PipelineParameters
from worldtree.plan.plan import PlanHost


@dataclass(frozen=True)
class Cluster:
    """A ``PlanContext`` made of plain data."""

    hosts: tuple[PlanHost, ...] = ()
    configs: dict[str, ComponentConfig] = field(default_factory=dict)
    cluster: str = "demo"
    parameters: PipelineParameters = field(default_factory=PipelineParameters)
    previous: Cluster | None = None
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    directory: Path | None = None

    def hosts_of(self, role: str) -> tuple[PlanHost, ...]:
        return tuple(host for host in self.hosts if role in host.roles)

    def config(self, component: str) -> ComponentConfig | None:
        return self.configs.get(component)


def host(name: str, *roles: str, address: str = "", **more: object) -> PlanHost:
    """Return a host; its address is its name unless given."""
    return PlanHost.model_validate(
        {"name": name, "address": address or name, "roles": roles, **more}
    )
