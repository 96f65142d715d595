"""What component builders see of a resolved cluster: the implementation of ``PlanContext``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.pipeline import PipelineParameters
from worldtree.compile.recorded_facts import RecordedFacts
from worldtree.plan.plan import PlanHost
from worldtree.spec.cluster import Cluster, ClusterHost


def plan_host(host: ClusterHost, cluster: Cluster) -> PlanHost:
    """Return ``host`` as a plan keeps it; paths of files on the control side are absolute."""
    data = host.model_dump(exclude={"source"})
    for name in ("private_key_file", "known_hosts_file"):
        written = data["ssh"][name]
        if written and not written.startswith("~"):
            data["ssh"][name] = str(cluster.path(written))
    return PlanHost.model_validate(data)


@dataclass(frozen=True)
class ClusterContext:
    """Hosts by role and the typed configurations of the active components."""

    cluster: str
    hosts: tuple[PlanHost, ...]
    groups: Mapping[str, tuple[str, ...]]
    configs: Mapping[str, ComponentConfig] = field(default_factory=dict)
    parameters: PipelineParameters = field(default_factory=PipelineParameters)
    previous: ClusterContext | None = None
    facts: RecordedFacts = field(default_factory=RecordedFacts)
    directory: Path | None = None

    @cached_property
    def _by_name(self) -> dict[str, PlanHost]:
        return {host.name: host for host in self.hosts}

    def hosts_of(self, role: str) -> tuple[PlanHost, ...]:
        """Return the hosts that carry ``role``, in document order."""
        return tuple(self._by_name[name] for name in self.groups.get(role, ()))

    def config(self, component: str) -> ComponentConfig | None:
        """Return the configuration of an active component, or None."""
        return self.configs.get(component)
