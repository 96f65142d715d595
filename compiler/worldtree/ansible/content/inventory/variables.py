"""The variables that an inventory gives to hosts, by scope, as known at compile time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from worldtree.core.errors import DocPath
from worldtree.plan.plan import PlanHost

#: In the placeholder of an encrypted value, before the digest of what is encrypted: the value may
#: read other variables, which are not known.
TEMPLATE_MARK = "template:"


@dataclass(frozen=True, slots=True)
class VariableScope:
    """Variables of the cluster, of one group or of one host."""

    #: Its name in messages: ``host `web1` ``.
    label: str
    vars: Mapping[str, Any]
    #: Their place in the document.
    path: DocPath | None = None


@dataclass(frozen=True, slots=True)
class FileVariables:
    """Variables of ``group_vars/`` beside inventories, which override all groups of these."""

    everyone: VariableScope = VariableScope("group `all`", {})
    groups: Mapping[str, VariableScope] = field(default_factory=dict)


@dataclass(frozen=True)
class InventoryVariables:
    """Scopes of an inventory, with Ansible's precedence: host over group over cluster."""

    cluster: VariableScope = VariableScope("the cluster", {})
    groups: Mapping[str, VariableScope] = field(default_factory=dict)
    hosts: Mapping[str, VariableScope] = field(default_factory=dict)
    #: Host name → every group that it belongs to, directly or through another group.
    groups_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Whether all names are known; false when an encrypted file could not be opened.
    complete: bool = True
    #: The hosts for which such a file is.
    partly_read: frozenset[str] = frozenset()
    #: Those of files beside an inventory of the team's; the bundle of a document that lists hosts
    #: has all variables in such files.
    files: FileVariables | None = None
    #: Those of a document that names an inventory: in each scope of lower precedence.
    fallback: InventoryVariables | None = None
    #: Extra variables, which win over all others.
    extra: VariableScope | None = None

    @classmethod
    def of(
        cls,
        hosts: Sequence[PlanHost],
        groups: Mapping[str, Sequence[str]],
        *,
        children: Mapping[str, Sequence[str]] | None = None,
        group_vars: Mapping[str, Mapping[str, Any]] | None = None,
        cluster_vars: Mapping[str, Any] | None = None,
        host_paths: Mapping[str, DocPath] | None = None,
    ) -> InventoryVariables:
        """Build from a plan's hosts and groups.

        ``groups`` are members by group, ``children`` groups inside groups; ``host_paths`` are the
        document paths of the hosts' ``vars``.
        """
        paths = host_paths or {}
        inside = {name: _descendants(name, children or {}) for name in {*groups, *(children or {})}}
        groups_of: dict[str, list[str]] = {host.name: [] for host in hosts}
        # As in Ansible: inner groups override outer ones, then the later name overrides.
        for name in sorted(inside, key=lambda name: (_depth(name, inside), name)):
            for member in dict.fromkeys(m for g in inside[name] for m in groups.get(g, ())):
                if member in groups_of:
                    groups_of[member].append(name)
        return cls(
            cluster=VariableScope("the cluster", cluster_vars or {}, ("spec", "vars")),
            groups={
                name: VariableScope(f"group `{name}`", values, ("spec", "groups", name, "vars"))
                for name, values in (group_vars or {}).items()
            },
            hosts={
                h.name: VariableScope(f"host `{h.name}`", h.vars, paths.get(h.name)) for h in hosts
            },
            groups_of={name: tuple(found) for name, found in groups_of.items()},
        )

    def scopes(self, host: str) -> Iterator[VariableScope]:
        """Yield the scopes that apply to ``host``, the lowest precedence first."""
        yield from self.general_scopes(host)
        yield from self.group_scopes(host)
        for one in self._layers:
            if host in one.hosts:
                yield one.hosts[host]
        if self.extra is not None:
            yield self.extra

    def general_scopes(self, host: str) -> Iterator[VariableScope]:
        """Yield the scopes that ``group_vars/all`` beside a playbook overrides."""
        yield from (one.cluster for one in self._layers)
        if self.files is not None:
            yield from self._of_groups(host, *(one.groups for one in self._layers))
            yield self.files.everyone

    def group_scopes(self, host: str) -> Iterator[VariableScope]:
        """Yield the scopes of groups that ``group_vars/all`` beside a playbook does not override.

        All others of these files do.
        """
        yield from self._of_groups(host, self.groups if self.files is None else self.files.groups)

    def _of_groups(
        self, host: str, *layers: Mapping[str, VariableScope]
    ) -> Iterator[VariableScope]:
        for group in self._order(host):
            yield from (groups[group] for groups in layers if group in groups)

    def _order(self, host: str) -> Sequence[str]:
        """Return the groups of ``host``, those of the document at their places among its own."""
        own = self.groups_of.get(host, ())
        if self.fallback is None:
            return own
        merged = self.fallback.groups_of.get(host, ())
        known = iter([group for group in own if group in merged])
        return [next(known) if group in own else group for group in merged]

    @property
    def _layers(self) -> Sequence[InventoryVariables]:
        return (self,) if self.fallback is None else (self.fallback, self)

    @cached_property
    def _names(self) -> dict[str, frozenset[str]]:
        return {}

    def names(self, host: str) -> frozenset[str]:
        """Return the names of all variables that ``host`` has from the inventory."""
        if host not in self._names:
            self._names[host] = frozenset(n for scope in self.scopes(host) for n in scope.vars)
        return self._names[host]


def _depth(group: str, inside: Mapping[str, Sequence[str]]) -> int:
    """Return the number of groups around ``group``; groups of a cycle are on one level."""
    return sum(group in inner and outer not in inside[group] for outer, inner in inside.items())


def _descendants(group: str, children: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return ``group`` and all groups inside it, each once, even in a cycle."""
    found: dict[str, None] = {}
    waiting = [group]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting.extend(children.get(name, ()))
    return tuple(found)
