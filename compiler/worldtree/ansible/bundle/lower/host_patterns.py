"""The host pattern of a play: what the document says, else the names of the hosts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from worldtree.ansible.model.plays import HostPattern
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan, PlanHost
from worldtree.spec.host_patterns import split_pattern


class HostPatterns:
    """Finds the patterns of the plays of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._hosts = {host.name: host for host in plan.hosts}
        self._unlisted = frozenset(plan.unlisted)
        self._order = {host.name: place for place, host in enumerate(plan.hosts)}

    def host(self, name: str) -> PlanHost:
        """Return the plan's host of that name. Raises ``KeyError``."""
        return self._hosts[name]

    def of(self, node: Node) -> HostPattern:
        """Return the pattern of ``node``: the document's own, or its hosts by name."""
        if node.host_pattern is not None:
            return node.host_pattern
        return node.hosts[0] if len(node.hosts) == 1 else node.hosts

    def together(self, nodes: Sequence[Node]) -> HostPattern:
        """Return the pattern of the hosts of all ``nodes``.

        Patterns with ``!`` or ``&`` cannot be joined, as these apply to the whole.
        """
        found = list(dict.fromkeys(self.of(node) for node in nodes))
        if len(found) == 1:
            return found[0]
        if "all" in found:
            local = [h for node in nodes for h in node.hosts if h in self._unlisted]
            return ("all", *dict.fromkeys(local)) if local else "all"
        parts = [part for one in found for part in ([one] if isinstance(one, str) else one)]
        if any(term.sign for part in parts for term in split_pattern(part)):
            return self.in_order(host for node in nodes for host in node.hosts)
        if self.are_hosts(parts):
            return self.in_order(parts)
        return tuple(dict.fromkeys(parts))

    def are_hosts(self, names: Iterable[str]) -> bool:
        """Whether all of ``names`` are hosts of the plan."""
        return all(name in self._order for name in names)

    def in_order(self, hosts: Iterable[str]) -> tuple[str, ...]:
        """Return ``hosts`` in the order of the plan, each once."""
        last = len(self._order)
        return tuple(sorted(set(hosts), key=lambda name: (self._order.get(name, last), name)))
