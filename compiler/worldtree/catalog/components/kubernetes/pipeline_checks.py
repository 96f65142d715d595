"""What the pipelines of a running cluster refuse before a host is touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.containerd_config import ContainerdConfig
from worldtree.catalog.components.containerd_versions import DEFAULT_VERSION
from worldtree.catalog.components.etcd import EtcdConfig
from worldtree.catalog.components.etcd_versions import release_version
from worldtree.catalog.components.kubernetes.budgets import tolerated_failures
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.release_version import Release, parse_release
from worldtree.catalog.components.kubernetes.topology import (
    control_planes,
    is_etcd_external,
    members,
)
from worldtree.catalog.components.kubernetes.upgrade_path import (
    releases_of_upgrade,
    running_release,
)
from worldtree.catalog.components.kubernetes.version_rules import (
    Refusal,
    refused_containerd,
    refused_etcd,
    refused_flag,
    refused_gate,
    refused_kubelet,
    refused_network_plugin,
    refused_upgrade,
)
from worldtree.catalog.components.kubernetes.version_table import version_table
from worldtree.catalog.new_hosts import new_hosts
from worldtree.catalog.pipelines.add_hosts import AddHostsParameters
from worldtree.catalog.pipelines.remove_hosts import RemoveHostsParameters
from worldtree.core.errors import Diagnostic, Severity
from worldtree.core.suggestions import did_you_mean
from worldtree.plan.pipeline_names import ADD_HOSTS, REMOVE_HOSTS, UPGRADE

_PROGRAMS = {
    "api_server": "kube-apiserver",
    "controller_manager": "kube-controller-manager",
    "scheduler": "kube-scheduler",
}


def check_pipeline(
    config: KubernetesConfig, context: PlanContext, pipeline: str
) -> Iterable[Diagnostic]:
    """Return what is wrong with a pipeline for this cluster; paths begin at the component."""
    if pipeline == UPGRADE:
        yield from _upgrade(config, context)
    elif pipeline == REMOVE_HOSTS and isinstance(context.parameters, RemoveHostsParameters):
        yield from _removal(config, context, context.parameters.hosts)
    elif pipeline == ADD_HOSTS and isinstance(context.parameters, AddHostsParameters):
        yield from _addition(config, context, context.parameters)


def combination_problems(
    config: KubernetesConfig, context: PlanContext, release: Release
) -> Iterator[Diagnostic]:
    """Yield what the document combines with a release that does not work with it.

    Versions that it does not say, such as those of packages, are compared on the hosts.
    """
    table = version_table()
    if release.of_minor not in table.minors:
        return
    etcd = context.config("etcd")
    if is_etcd_external(config, context) and isinstance(etcd, EtcdConfig):
        version = _as_release(release_version(etcd))
        if version is not None:
            yield from _diagnostics(refused_etcd(table, release, version))
    containerd = context.config("containerd")
    if isinstance(containerd, ContainerdConfig) and containerd.source == "archives":
        version = _as_release(containerd.version or DEFAULT_VERSION)
        if version is not None:
            yield from _diagnostics(refused_containerd(table, release, version))


def _as_release(text: str | None) -> Release | None:
    try:
        return None if text is None else parse_release(text)
    except ValueError:
        return None  # A checksum, or a version with a suffix: it is compared on the hosts.


def _diagnostics(*refused: Refusal | None) -> Iterator[Diagnostic]:
    for one in refused:
        if one is not None:
            yield Diagnostic(
                "kubernetes-version", one.summary, one.detail, one.hint, path=("version",)
            )


def _upgrade(config: KubernetesConfig, context: PlanContext) -> Iterator[Diagnostic]:
    table, running = version_table(), running_release(config, context)
    try:
        path = releases_of_upgrade(config, context)
    except (ValueError, KeyError):
        if running is not None:
            yield from _diagnostics(refused_upgrade(table, running, config.release))
        return
    for release in path:
        if release != config.release:
            # The document's own release is checked with the document.
            yield from combination_problems(config, context, release)
            if config.networking.plugin != "none":
                yield from _diagnostics(
                    refused_network_plugin(table, release, config.networking.plugin)
                )
    yield from _settings_in_force(config, context, path)


def _settings_in_force(
    config: KubernetesConfig, context: PlanContext, path: tuple[Release, ...]
) -> Iterator[Diagnostic]:
    """Yield flags and gates that the cluster has, and that a release on the way does not know.

    kubeadm takes them over from the cluster, whatever the document says now.
    """
    before = None if context.previous is None else context.previous.config("kubernetes")
    if not isinstance(before, KubernetesConfig):
        before = config
    table = version_table()
    for release in path:
        refused = [refused_gate(table, release, gate) for gate in before.feature_gates]
        for field, program in _PROGRAMS.items():
            flags = getattr(before, field).extra_args
            refused += [refused_flag(table, release, program, flag) for flag in flags]
        yield from _diagnostics(*refused)


def _removal(
    config: KubernetesConfig, context: PlanContext, names: tuple[str, ...]
) -> Iterator[Diagnostic]:
    planes = [host.name for host in control_planes(context)]
    left = [name for name in planes if name not in names]
    if not left:
        yield Diagnostic(
            "kubernetes-no-control-plane-left",
            "no control plane would be left",
            f"`hosts` has all of them: {', '.join(planes)}",
            "leave out one of them, or take the whole cluster away with `wt destroy`",
            at_key=True,
        )
    elif len(left) < len(planes) and not is_etcd_external(config, context):
        spare = tolerated_failures(len(left), stacked=True)
        if len(left) % 2 == 0:
            yield Diagnostic(
                "kubernetes-even-control-planes",
                f"{len(left)} control planes with a stacked etcd are left, an even number",
                f"they tolerate {spare} failures",
                "add another one soon, or remove one more",
                severity=Severity.WARNING,
                at_key=True,
            )
    for host in context.hosts_of("etcd"):
        if host.name in names and is_etcd_external(config, context):
            yield Diagnostic(
                "kubernetes-removes-etcd-member",
                f"host `{host.name}` is a member of etcd, too",
                "the state of the cluster is in it",
                "take it out of etcd first: "
                f"`wt apply --pipeline remove-member --param member={host.name}`",
                at_key=True,
            )
    known = {host.name for host in members(context)}
    for name in names:
        if name not in known:
            yield Diagnostic(
                "kubernetes-host-not-in-document",
                f"the document has no member `{name}`",
                "what the cluster knows of it is removed; nothing is removed from the host",
                did_you_mean(name, sorted(known)),
                severity=Severity.WARNING,
                at_key=True,
            )


def _addition(
    config: KubernetesConfig, context: PlanContext, given: AddHostsParameters
) -> Iterator[Diagnostic]:
    known = {host.name: host for host in members(context)}
    for name in given.hosts:
        if name not in known:
            yield Diagnostic(
                "kubernetes-host-not-in-document",
                f"the document has no control plane or worker `{name}`",
                "new members are hosts of the document with one of these roles",
                did_you_mean(name, sorted(known)),
                at_key=True,
            )
    if not given.hosts and context.previous is None:
        yield Diagnostic(
            "kubernetes-new-hosts-unknown",
            "it is not known which hosts are new",
            "no earlier document of this cluster is known that they could be compared with",
            "name them: `--param hosts=NAME,NAME`",
            at_key=True,
        )
        return
    new = new_members(context)
    if not new:
        yield Diagnostic(
            "kubernetes-new-hosts-unknown",
            "no host is new",
            "the document before has all control planes and workers of this one",
            "add hosts to the document, or name those that are to join: `--param hosts=NAME,NAME`",
            at_key=True,
        )
    if all(host.name in new for host in control_planes(context)):
        yield Diagnostic(
            "kubernetes-no-control-plane-left",
            "no control plane runs yet that hosts could join",
            "all control planes of the document are new",
            "make the cluster with `wt apply`",
            at_key=True,
        )
    running = running_release(config, context)
    if running is not None:
        yield from _diagnostics(refused_kubelet(running, config.release))


def new_members(context: PlanContext) -> tuple[str, ...]:
    """Return the names of the members that join, control planes first."""
    wanted = new_hosts(context)
    return tuple(host.name for host in members(context) if host.name in wanted)
