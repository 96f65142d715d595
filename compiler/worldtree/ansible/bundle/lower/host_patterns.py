"""The host pattern of a play: a group with exactly these hosts, else the host names."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.ansible.model.plays import HostPattern
from worldtree.plan.plan import Plan, PlanHost


class HostPatterns:
    """Finds the most readable pattern for a set of hosts of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._hosts = {host.name: host for host in plan.hosts}
        self._order = {host.name: place for place, host in enumerate(plan.hosts)}
        self._groups: dict[frozenset[str], list[str]] = {}
        for name, members in plan.groups.items():
            if members and name not in self._order:
                self._groups.setdefault(frozenset(members), []).append(name)
        self._known: dict[tuple[str, ...], HostPattern] = {}

    def host(self, name: str) -> PlanHost:
        """Return the plan's host of that name. Raises ``KeyError``."""
        return self._hosts[name]

    def of(self, hosts: tuple[str, ...], near: str = "") -> HostPattern:
        """Return the pattern for ``hosts``; among groups with equal members ``near`` comes first.

        All hosts of the plan are ``all``; a single host is its name, even where a group holds it
        alone, unless that group is ``near``.
        """
        key = (near, *hosts)
        if key not in self._known:
            self._known[key] = self._find(frozenset(hosts), near)
        return self._known[key]

    def _find(self, hosts: frozenset[str], near: str) -> HostPattern:
        groups = self._groups.get(hosts, [])
        if near in groups:
            return near
        if len(hosts) == 1:
            return next(iter(hosts))
        if len(hosts) == len(self._order):
            return "all"
        return min(groups) if groups else self.in_order(hosts)

    def in_order(self, hosts: Iterable[str]) -> tuple[str, ...]:
        """Return ``hosts`` in the order of the plan, each once."""
        last = len(self._order)
        return tuple(sorted(set(hosts), key=lambda name: (self._order.get(name, last), name)))
