"""Which versions are refused together, and the ways that would work: pure functions over the table.

Sources of the rules: Kubernetes' version skew policy, and the checks of kubeadm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from worldtree.catalog.components.kubernetes.release_version import Minor, Release
from worldtree.catalog.components.kubernetes.version_table import VersionTable

#: A kubelet may be this many minors older than the API servers, and never newer.
_KUBELET_MINORS = 3
#: The API servers of one cluster differ by at most one minor.
_API_SERVER_MINORS = 1


@dataclass(frozen=True)
class Refusal:
    """Why versions are refused: what (one line), why, and what would work."""

    summary: str
    detail: str
    hint: str


def refused_release(table: VersionTable, release: Release) -> Refusal | None:
    """Say why no cluster can have ``release``, or None."""
    minor = release.of_minor
    if minor in table.minors:
        return None
    reach = f"{table.oldest} to {table.newest}"
    near = table.minors[table.oldest if minor < table.oldest else table.newest].newest
    age = "older" if minor < table.oldest else "newer"
    return Refusal(
        f"Kubernetes {release} is not supported",
        f"it is {age} than all that this version of WorldTree was tried with: {reach}",
        f"use {near}, or another release of {reach}",
    )


def upgrade_path(table: VersionTable, old: Release, new: Release) -> tuple[Release, ...]:
    """Return the releases of an upgrade, one per minor, from the one after ``old`` to ``new``.

    Empty where both are the same. Raises ``ValueError`` for a downgrade, and ``KeyError`` where
    the table lacks a minor in between.
    """
    if new < old:
        raise ValueError(f"{new} is older than {old}")
    between = range(old.minor + 1, new.minor)
    steps = [table.minors[Minor(old.major, minor)].newest for minor in between]
    return (*steps, new) if new != old else ()


def refused_upgrade(table: VersionTable, old: Release, new: Release) -> Refusal | None:
    """Say why a running cluster cannot go from ``old`` to ``new`` in one step, or None."""
    unsupported = refused_release(table, new)
    if unsupported is not None:
        return unsupported
    if new < old:
        return Refusal(
            f"Kubernetes {old} cannot become {new}, which is older",
            "what a newer API server has stored, an older one may not be able to read",
            f"keep {old}, or restore a backup that was made with {new}",
        )
    if new.of_minor <= old.of_minor.after(1):
        return None
    skipped = [str(old.of_minor.after(n)) for n in range(1, new.minor - old.minor)]
    if old.of_minor.after(1) not in table.minors:
        return Refusal(
            f"an upgrade from {old} to {new} would skip {', '.join(skipped)}",
            f"{old.of_minor.after(1)} is older than all that this version of WorldTree knows",
            f"upgrade to {table.oldest} by the tool that made the cluster, then go on from there",
        )
    path = " → ".join(str(step) for step in (old, *upgrade_path(table, old, new)))
    return Refusal(
        f"an upgrade from {old} to {new} would skip {', '.join(skipped)}",
        "kubeadm and the API servers go from one minor to the next one only",
        f"upgrade step by step: {path}",
    )


def refused_kubelet(api_server: Release, kubelet: Release) -> Refusal | None:
    """Say why a kubelet cannot work with an API server, or None.

    Nothing in Kubernetes itself refuses a kubelet that is newer.
    """
    newest, oldest = api_server.of_minor, api_server.of_minor.after(-_KUBELET_MINORS)
    if oldest <= kubelet.of_minor <= newest:
        return None
    why = (
        "a kubelet must not be newer than the API server"
        if kubelet.of_minor > newest
        else f"a kubelet may be {_KUBELET_MINORS} minors older than the API server"
    )
    return Refusal(
        f"a kubelet {kubelet} does not work with an API server {api_server}",
        why,
        f"use a kubelet of {oldest} to {newest}",
    )


def refused_api_servers(releases: Iterable[Release]) -> Refusal | None:
    """Say why API servers of these releases cannot run in one cluster, or None."""
    found = sorted(set(releases))
    if not found or found[-1].minor - found[0].minor <= _API_SERVER_MINORS:
        return None
    return Refusal(
        f"API servers {found[0]} and {found[-1]} do not work in one cluster",
        "they may differ by one minor",
        f"bring those of {found[0].of_minor} to {found[-1].of_minor.after(-1)} first",
    )


def refused_etcd(table: VersionTable, kubernetes: Release, etcd: Release) -> Refusal | None:
    """Say why an external etcd does not go with Kubernetes, or None; the table has ``kubernetes``.

    kubeadm looks at it in ``init`` only, and not at an upgrade.
    """
    taken = table.of(kubernetes).etcd
    if etcd in taken:
        return None
    return Refusal(
        f"etcd {etcd} does not work with Kubernetes {kubernetes}",
        f"Kubernetes {kubernetes.of_minor} takes an etcd of {taken}",
        f"use etcd {taken.bundled}",
    )


def refused_containerd(
    table: VersionTable, kubernetes: Release, containerd: Release
) -> Refusal | None:
    """Say why a containerd does not go with Kubernetes, or None; the table has ``kubernetes``."""
    taken = table.of(kubernetes).containerd
    if containerd in taken:
        return None
    others = [
        str(minor) for minor, release in table.minors.items() if containerd in release.containerd
    ]
    hint = f"use containerd {taken}"
    return Refusal(
        f"containerd {containerd} does not work with Kubernetes {kubernetes}",
        f"Kubernetes {kubernetes.of_minor} takes a containerd of {taken}",
        f"{hint}, or Kubernetes {others[-1]}" if others else hint,
    )


def refused_network_plugin(table: VersionTable, kubernetes: Release, name: str) -> Refusal | None:
    """Say why a network plugin does not go with Kubernetes, or None; the table has the plugin."""
    plugin = table.network_plugins[name]
    if kubernetes.of_minor in plugin:
        return None
    return Refusal(
        f"the network plugin `{name}` {plugin.version} was not tried with Kubernetes {kubernetes}",
        f"it was tried with {plugin.first} to {plugin.last}",
        f"use a Kubernetes of {plugin.first} to {plugin.last}, or `none` and a plugin of your own",
    )


def refused_system(
    table: VersionTable, kubernetes: Release, distribution: str, release: str
) -> Refusal | None:
    """Say why hosts of a distribution cannot run Kubernetes, or None."""
    known = [one for one in table.systems if one.distribution == distribution]
    if any(one.release == release and kubernetes.of_minor in one for one in known):
        return None
    listed = ", ".join(f"{one.distribution} {one.release}" for one in table.systems)
    return Refusal(
        f"{distribution} {release} is not supported for Kubernetes {kubernetes}",
        "the packages, paths and kernel of a host are those of its distribution",
        f"use {listed}",
    )


def refused_kubeadm_gate(table: VersionTable, kubernetes: Release, gate: str) -> Refusal | None:
    """Say why kubeadm does not take one of its feature gates, or None."""
    known = table.kubeadm_gates.get(gate)
    if known is not None and known.is_known_to(kubernetes.of_minor):
        return None
    taken = [
        name
        for name, one in sorted(table.kubeadm_gates.items())
        if one.is_known_to(kubernetes.of_minor)
    ]
    if known is None:
        detail = "kubeadm has no such feature gate"
    elif known.gone is not None and kubernetes.of_minor >= known.gone:
        detail = (
            f"it is gone from {known.gone} on; what it switched on is always on, or was dropped"
        )
    else:
        detail = f"it exists from {known.first} on"
    return Refusal(
        f"kubeadm {kubernetes.of_minor} does not know the feature gate `{gate}`",
        detail,
        f"remove it; kubeadm {kubernetes.of_minor} has {', '.join(taken) or 'none'}",
    )


def refused_gate(table: VersionTable, kubernetes: Release, gate: str) -> Refusal | None:
    """Say why the programs do not start with a feature gate, or None; unknown names pass."""
    gone = table.gone_gates.get(gate)
    if gone is None or kubernetes.of_minor < gone:
        return None
    return Refusal(
        f"Kubernetes {kubernetes.of_minor} does not know the feature gate `{gate}`",
        f"it is gone from {gone} on: a program that is given it does not start",
        "remove it",
    )


def refused_flag(
    table: VersionTable, kubernetes: Release, program: str, flag: str
) -> Refusal | None:
    """Say why a program does not start with a flag, or None; unknown names pass."""
    gone = table.gone_flags.get(program, {}).get(flag)
    if gone is None or kubernetes.of_minor < gone:
        return None
    return Refusal(
        f"`{program}` {kubernetes.of_minor} does not know the flag `--{flag}`",
        f"it is gone from {gone} on: a program that is given it does not start",
        "remove it",
    )
