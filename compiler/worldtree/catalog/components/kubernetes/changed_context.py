"""A cluster without some of its hosts, or with some of them last, as builders see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldtree.catalog.component import ComponentConfig, PlanContext
from worldtree.catalog.pipeline import PipelineParameters
from worldtree.plan.plan import PlanHost


@dataclass(frozen=True)
class ChangedContext:
    """``whole`` without the hosts ``gone``, and with the hosts ``last`` behind all others.

    Unknown names change nothing.
    """

    whole: PlanContext
    gone: frozenset[str] = frozenset()
    last: frozenset[str] = frozenset()

    @property
    def cluster(self) -> str:
        """Name of the cluster."""
        return self.whole.cluster

    @property
    def hosts(self) -> tuple[PlanHost, ...]:
        """The hosts that are left."""
        return self._left(self.whole.hosts)

    @property
    def directory(self) -> Path | None:
        """Directory of the document; None without a file."""
        return self.whole.directory

    def hosts_of(self, role: str) -> tuple[PlanHost, ...]:
        """Return the hosts of a role that are left."""
        return self._left(self.whole.hosts_of(role))

    def config(self, component: str) -> ComponentConfig | None:
        """Return the configuration of an active component, or None."""
        return self.whole.config(component)

    @property
    def parameters(self) -> PipelineParameters:
        """The parameters of the pipeline."""
        return self.whole.parameters

    @property
    def previous(self) -> PlanContext | None:
        """The cluster as the document before described it."""
        return self.whole.previous

    @property
    def facts(self) -> Mapping[str, Mapping[str, Any]]:
        """Facts by host."""
        return self.whole.facts

    def _left(self, hosts: tuple[PlanHost, ...]) -> tuple[PlanHost, ...]:
        left = [host for host in hosts if host.name not in self.gone]
        return tuple(sorted(left, key=lambda host: host.name in self.last))
