"""Pass ``inventory``: hosts and groups of a team's own Ansible inventory; the bundle's inventory."""

from __future__ import annotations

from typing import Any

from worldtree.ansible.inventory.emission import InventorySpec, Render, inventory_files
from worldtree.errors import DiagnosticBag
from worldtree.plan.plan import Plan
from worldtree.spec.cluster import Cluster


def with_external_inventory(cluster: Cluster, bag: DiagnosticBag) -> Cluster:
    """Return ``cluster`` with what its ``inventory`` says; itself when it has none."""
    return cluster


def inventory_content(cluster: Cluster, plan: Plan, render: Render) -> dict[str, Any]:
    """Return path in the bundle -> data of the inventory that goes with ``plan``."""
    spec = InventorySpec(
        hosts=plan.hosts,
        groups={name: group.own_hosts for name, group in cluster.groups.items()},
        children={name: group.children for name, group in cluster.groups.items()},
        group_vars={name: group.vars for name, group in cluster.groups.items()},
        cluster_vars=cluster.vars,
        ssh_args=(),
    )
    return inventory_files(spec, render)
