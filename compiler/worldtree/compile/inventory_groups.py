"""Merges the groups of a document with those of the inventory that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldtree.ansible.content.inventory.external import ExternalInventory
from worldtree.core.errors import DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.spec.cluster import ClusterGroup
from worldtree.spec.host_patterns import HostGroups, HostGroupsBuilder


def merge_groups(
    own: Mapping[str, ClusterGroup], found: ExternalInventory, bag: DiagnosticBag
) -> dict[str, ClusterGroup]:
    """Return the groups of the inventory and of the document, with their final members.

    A member is a host or group of the inventory, or another group of the document; anything else
    goes to ``bag``. A group that both have is the union of the two.
    """
    order = {host.name: place for place, host in enumerate(found.hosts)}
    children: dict[str, tuple[str, ...]] = {}
    hosts: dict[str, tuple[str, ...]] = {name: found.groups[name] for name in found.groups}
    for name, group in own.items():
        members = dict.fromkeys(group.own_hosts)
        inner = [m for m in members if m not in order and (m in found.groups or m in own)]
        for member in members:
            if member not in order and member not in inner:
                _report_unknown_member(member, group, [*order, *found.groups, *own], bag)
        children[name] = (*group.children, *inner)
        hosts[name] = (*hosts.get(name, ()), *(m for m in members if m in order))
    merged: dict[str, ClusterGroup] = {}
    for name in hosts:
        nested = tuple(dict.fromkeys((*found.children.get(name, ()), *children.get(name, ()))))
        reached = _reachable_hosts(name, hosts, children)
        merged[name] = ClusterGroup(
            name=name,
            hosts=tuple(sorted(reached, key=order.__getitem__)),
            own_hosts=tuple(sorted(set(hosts[name]), key=order.__getitem__)),
            children=nested,
            vars=own[name].vars if name in own else {},
            source=own[name].source if name in own else None,
        )
    return merged


def host_order(found: ExternalInventory, additions: Mapping[str, Any]) -> HostGroups:
    """Return hosts and groups in the order in which Ansible has them in the bundle.

    ``additions`` are the children of ``all`` in the source that is read before the inventory.
    """
    if not additions:
        return found.order
    builder = HostGroupsBuilder()
    for name, group in additions.items():
        builder.add_child("all", name)
        for host in group.get("hosts", ()):
            builder.add_host(host, name)
        for child in group.get("children", ()):
            builder.add_child(name, child)
    builder.add_hosts(found.order.hosts)
    for name in found.order.groups:
        builder.add_group(name)
    for name, (hosts, children) in found.order.groups.items():
        for host in hosts:
            builder.add_host(host, name)
        for child in children:
            builder.add_child(name, child)
    return builder.build()


def _reachable_hosts(
    name: str, hosts: Mapping[str, tuple[str, ...]], children: Mapping[str, tuple[str, ...]]
) -> set[str]:
    """Return the members of ``name`` and of the document's groups inside it."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            found.update(hosts.get(here, ()))
            waiting.extend(children.get(here, ()))
    return found


def _report_unknown_member(
    member: str, group: ClusterGroup, known: list[str], bag: DiagnosticBag
) -> None:
    bag.error(
        "unknown-host",
        f"there is no host or group `{member}`",
        detail="Neither the inventory nor the document has a host or group of that name.",
        hint=did_you_mean(member, known),
        path=None if group.source is None else (*group.source, "members"),
    )
