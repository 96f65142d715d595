"""Resolves groups: those of roles and of the document, with nested groups flattened."""

from __future__ import annotations

from collections.abc import Sequence

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.core.suggestions import did_you_mean
from worldtree.spec import ranges, selectors
from worldtree.spec.cluster import ClusterGroup, ClusterHost
from worldtree.spec.models.cluster import Spec
from worldtree.spec.selectors import HostIndex
from worldtree.spec.yaml_tags import encode_tags


def resolve_groups(
    spec: Spec, hosts: Sequence[ClusterHost], bag: DiagnosticBag
) -> dict[str, ClusterGroup]:
    """Return all groups by name: roles in order of appearance, then the others of the document."""
    return _GroupResolver(spec, hosts, bag).run()


class _GroupResolver:
    def __init__(self, spec: Spec, hosts: Sequence[ClusterHost], bag: DiagnosticBag) -> None:
        self._spec = spec
        self._bag = bag
        self._order = {host.name: index for index, host in enumerate(hosts)}
        self._by_role: dict[str, list[str]] = {}
        for host in hosts:
            for role in host.roles:
                self._by_role.setdefault(role, []).append(host.name)
        self._index = HostIndex(hosts, self._by_role)
        #: Whether all hosts are known; a later pass adds those of an inventory.
        self._closed = not spec.inventory
        self._own: dict[str, dict[str, None]] = {}
        self._children: dict[str, dict[str, None]] = {}
        self._flat: dict[str, frozenset[str]] = {}

    def run(self) -> dict[str, ClusterGroup]:
        names = [*dict.fromkeys([*self._by_role, *self._spec.groups])]
        for name in names:
            self._own[name] = dict.fromkeys(self._by_role.get(name, ()))
            self._children[name] = {}
        for name, group in self._spec.groups.items():
            for index, member in enumerate(group.members):
                self._member(name, member, ("spec", "groups", name, "members", index))
        for name in names:
            self._flatten(name, ())
        return {name: self._group(name) for name in names}

    def _group(self, name: str) -> ClusterGroup:
        written = self._spec.groups.get(name)
        return ClusterGroup(
            name=name,
            hosts=self._sorted(self._flat[name]),
            own_hosts=self._sorted(self._own[name]),
            children=tuple(self._children[name]),
            vars=encode_tags(written.vars) if written else {},
            source=("spec", "groups", name) if written else None,
        )

    def _sorted(self, names: Sequence[str] | frozenset[str] | dict[str, None]) -> tuple[str, ...]:
        return tuple(sorted(names, key=lambda n: self._order.get(n, len(self._order))))

    def _member(self, group: str, member: str, path: DocPath) -> None:
        if member in self._own and member not in self._order:
            self._children[group][member] = None
            return
        for name in self._names(member, path):
            self._own[group][name] = None

    def _names(self, member: str, path: DocPath) -> Sequence[str]:
        if member in self._order or (member == "all" and self._closed):
            return self._index.select(member)
        try:
            if ranges.has_range(member):
                names = ranges.expand(member)
                unknown = [name for name in names if self._closed and name not in self._order]
                if unknown:
                    self._unknown(unknown[0], path)
                return [name for name in names if name not in unknown]
            terms = selectors.parse_selector(member)
        except ranges.RangeError as error:
            self._bag.error("bad-range", error.message, hint=error.hint, path=path)
            return ()
        except selectors.SelectorError as error:
            self._bag.error(
                "bad-selector",
                str(error),
                detail="A member is a host, a range of hosts, a group, or a selector.",
                path=path,
            )
            return ()
        if terms[0].operator == "bare":
            if not self._closed:
                return [member]
            self._unknown(member, path)
            return ()
        if not self._closed:
            named = _single_group(terms)
            if named is not None:
                return [named]
            self._bag.error(
                "bad-selector",
                f"`{member}` is not supported as a member together with `inventory`",
                detail="Hosts of an inventory have no labels, and the members of its groups are"
                " unknown until it is read. A member can be one host or group of the inventory.",
                hint="use a host or group, such as `web` or `role=web`; define smaller groups in"
                " the inventory itself",
                path=path,
            )
            return ()
        found = self._index.select(member)
        if not found:
            self._bag.error(
                "selector-matches-nothing",
                f"`{member}` matches no host",
                hint="check the roles and labels of the hosts",
                path=path,
            )
        return found

    def _unknown(self, name: str, path: DocPath) -> None:
        self._bag.error(
            "unknown-host",
            f"unknown host or group `{name}`",
            hint=did_you_mean(name, [*self._order, *self._own]),
            path=path,
        )

    def _flatten(self, name: str, above: tuple[str, ...]) -> frozenset[str]:
        """Return the hosts of ``name``; a cycle is reported once and broken."""
        if name in self._flat:
            return self._flat[name]
        hosts = set(self._own[name])
        for child in list(self._children[name]):
            if child == name or child in above:
                start = (*above, name).index(child)
                cycle = " → ".join([*(*above, name)[start:], child])
                self._bag.error(
                    "group-cycle",
                    f"groups contain each other: {cycle}",
                    hint="remove one of the memberships",
                    path=("spec", "groups", name, "members"),
                )
                del self._children[name][child]
                continue
            hosts |= self._flatten(child, (*above, name))
        self._flat[name] = frozenset(hosts)
        return self._flat[name]


def _single_group(terms: Sequence[selectors.Term]) -> str | None:
    """Return the group of a selector for one group, such as ``role=web``, else None."""
    if len(terms) != 1 or terms[0].operator != "in" or len(terms[0].values) != 1:
        return None
    return next(iter(terms[0].values)) if terms[0].key in ("role", "group") else None
