"""Pass ``inventory``: where hosts, groups and variables come from, and the bundle's inventory.

A document either lists its hosts, or names an existing Ansible inventory. That one is read for
names, copied as it is, and keeps its precedence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from worldtree.ansible.inventory.emission import InventorySpec, Render, inventory_files
from worldtree.ansible.inventory.external import ExternalInventory, read_inventory
from worldtree.ansible.inventory.variables import InventoryVariables
from worldtree.compile.context import plan_host
from worldtree.errors import DiagnosticBag
from worldtree.plan.plan import PlanHost
from worldtree.spec.checks import check_selectors
from worldtree.spec.cluster import Cluster, ClusterGroup, ClusterHost
from worldtree.spec.models.cluster import ClusterDocument

#: Directory in the bundle of what a document adds to an inventory of the team's own.
_ADDED = "document_inventory"


@dataclass(frozen=True)
class Inventory:
    """Hosts as planned, the variables that reach them, and the bundle's inventory."""

    cluster: Cluster
    hosts: tuple[PlanHost, ...]
    variables: InventoryVariables
    external: ExternalInventory | None = None
    #: Sections for ``ansible.cfg``: which inventory to read.
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def content(self, render: Render) -> dict[str, Any]:
        """Return path in the bundle -> YAML data, or the file to copy."""
        if self.external is None:
            return inventory_files(_spec(self.cluster, self.hosts), render)
        files: dict[str, Any] = {f.relative: f.path for f in self.external.files}
        if self.settings:
            added = inventory_files(_spec(self.cluster, ()), render)
            files |= {
                path.replace("inventory/", f"{_ADDED}/", 1): data for path, data in added.items()
            }
        return files


def read_hosts(cluster: Cluster, model: ClusterDocument, bag: DiagnosticBag) -> Inventory:
    """Return the inventory of ``cluster``; one that cannot be read goes to ``bag``."""
    if cluster.inventory is None:
        hosts = tuple(plan_host(host, cluster) for host in cluster.hosts)
        return Inventory(cluster, hosts, _variables(cluster, hosts))
    collections = [cluster.path(written) for written in cluster.collections_path]
    found, problems = read_inventory(cluster.path(cluster.inventory), collection_paths=collections)
    bag.extend(problems)
    if found is None:
        return Inventory(cluster, (), _variables(cluster, ()))
    whole = cluster.with_inventory(
        tuple(ClusterHost.model_validate(_host_data(host)) for host in found.hosts),
        {
            name: ClusterGroup(name=name, hosts=members, children=found.children.get(name, ()))
            for name, members in found.groups.items()
        },
    )
    bag.extend(check_selectors(model, whole))
    settings: dict[str, dict[str, str]] = {"defaults": {"inventory": found.source}}
    if cluster.vars or cluster.groups:
        # Named first, so that what the inventory itself says of a variable wins.
        settings["defaults"]["inventory"] = f"{_ADDED},{found.source}"
    return Inventory(whole, found.hosts, found.variables, found, settings)


def _host_data(host: PlanHost) -> dict[str, Any]:
    """Return a host as the document would have given it; its role label is that of its groups."""
    data = host.model_dump()
    data["internal_address"] = host.internal_address or host.address
    data["labels"] = {"role": ",".join(host.roles)} if host.roles else {}
    return data


def _variables(cluster: Cluster, hosts: tuple[PlanHost, ...]) -> InventoryVariables:
    return InventoryVariables.of(
        hosts,
        {name: group.own_hosts for name, group in cluster.groups.items()},
        children={name: group.children for name, group in cluster.groups.items()},
        group_vars={name: group.vars for name, group in cluster.groups.items()},
        cluster_vars=cluster.vars,
        host_paths={
            host.name: (*host.source, "vars") for host in cluster.hosts if host.source is not None
        },
    )


def _spec(cluster: Cluster, hosts: tuple[PlanHost, ...]) -> InventorySpec:
    own = {name: g for name, g in cluster.groups.items() if hosts or g.source is not None}
    return InventorySpec(
        hosts=hosts,
        groups={name: group.own_hosts for name, group in own.items()},
        children={name: group.children for name, group in own.items()},
        group_vars={name: group.vars for name, group in own.items()},
        cluster_vars=cluster.vars,
    )
