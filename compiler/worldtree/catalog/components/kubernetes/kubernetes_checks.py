"""What the document says of a cluster and its hosts that cannot work together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from worldtree.catalog.builders import address_of, is_ip
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.pipeline_checks import combination_problems
from worldtree.catalog.components.kubernetes.topology import (
    CONTROL_PLANE_ROLE,
    WORKER_ROLE,
    balanced_api_port,
    control_planes,
    endpoint,
    is_etcd_external,
    members,
    pools_of,
)
from worldtree.catalog.components.kubernetes.version_rules import (
    Refusal,
    refused_flag,
    refused_gate,
    refused_kubeadm_gate,
    refused_network_plugin,
    refused_release,
)
from worldtree.catalog.components.kubernetes.version_table import version_table
from worldtree.core.errors import Diagnostic, DocPath, Severity

_PROGRAMS = {
    "api_server": ("apiServer", "kube-apiserver"),
    "controller_manager": ("controllerManager", "kube-controller-manager"),
    "scheduler": ("scheduler", "kube-scheduler"),
}


def check_kubernetes(config: KubernetesConfig, context: PlanContext) -> Iterable[Diagnostic]:
    """Return everything that is wrong; paths begin at the component."""
    yield from _versions(config)
    yield from combination_problems(config, context, config.release)
    yield from _hosts(config, context)
    yield from _endpoint(config, context)
    yield from _state(config, context)


def _versions(config: KubernetesConfig) -> Iterator[Diagnostic]:
    table, release = version_table(), config.release
    refused = refused_release(table, release)
    if refused is not None:
        yield _refused("kubernetes-version", refused, ("version",))
        return
    if config.networking.plugin != "none":
        refused = refused_network_plugin(table, release, config.networking.plugin)
        if refused is not None:
            yield _refused("kubernetes-version", refused, ("networking", "plugin"))
    for gate in config.kubeadm_feature_gates:
        refused = refused_kubeadm_gate(table, release, gate)
        if refused is not None:
            path = ("kubeadmFeatureGates", gate)
            yield _refused("kubernetes-unknown-gate", refused, path, at_key=True)
    for gate in config.feature_gates:
        refused = refused_gate(table, release, gate)
        if refused is not None:
            yield _refused("kubernetes-unknown-gate", refused, ("featureGates", gate), at_key=True)
    for field, (key, program) in _PROGRAMS.items():
        for flag in getattr(config, field).extra_args:
            refused = refused_flag(table, release, program, flag)
            if refused is not None:
                place = (key, "extraArgs", flag)
                yield _refused("kubernetes-unknown-flag", refused, place, at_key=True)


def _refused(slug: str, refused: Refusal, path: DocPath, *, at_key: bool = False) -> Diagnostic:
    return Diagnostic(
        slug=slug,
        summary=refused.summary,
        detail=refused.detail,
        hint=refused.hint,
        path=path,
        at_key=at_key,
    )


def _hosts(config: KubernetesConfig, context: PlanContext) -> Iterator[Diagnostic]:
    for host in members(context):
        if {CONTROL_PLANE_ROLE, WORKER_ROLE} <= {*host.roles}:
            yield Diagnostic(
                slug="kubernetes-two-roles",
                summary=f"host `{host.name}` is a control plane and a worker",
                detail="a host is a member once",
                hint="keep `control-plane`, and set `scheduleOnControlPlanes` for pods there",
                at_key=True,
            )
        found = pools_of(config, host)
        if len(found) > 1:
            names = " and ".join(f"`{pool.name}`" for pool in found)
            yield Diagnostic(
                slug="kubernetes-two-pools",
                summary=f"host `{host.name}` is in the pools {names}",
                detail="it would have the settings of both",
                hint="make each host match one pool",
                path=("nodePools",),
                at_key=True,
            )
    for place, pool in enumerate(config.node_pools):
        if not any(pool in pools_of(config, host) for host in members(context)):
            yield Diagnostic(
                slug="kubernetes-empty-pool",
                summary=f"the pool `{pool.name}` has no member",
                detail="no control plane or worker has its role, or its labels",
                hint="correct `role` or `hostLabels`, or give them to a host",
                severity=Severity.WARNING,
                path=("nodePools", place, "name"),
            )
    for host in control_planes(context):
        if not is_ip(address_of(host)):
            yield Diagnostic(
                slug="kubernetes-address-not-ip",
                summary=f"the control plane `{host.name}` has a host name instead of an IP address",
                detail=f"API servers announce IP addresses; `{address_of(host)}` is not one",
                hint=f"set an IP address as `internalAddress` of `{host.name}`",
                at_key=True,
            )
    most, count = config.networking.most_members, len(members(context))
    if count > most:
        yield Diagnostic(
            slug="kubernetes-networks-too-small",
            summary=f"{count} members, and networks for the pods of {most}",
            detail="each member gets a part of the network of the pods",
            hint="use a larger network as `pods`, or longer `nodeMaskIpv4` and `nodeMaskIpv6`",
            path=("networking",),
            at_key=True,
        )


def _endpoint(config: KubernetesConfig, context: PlanContext) -> Iterator[Diagnostic]:
    balancer = context.config("loadbalancer")
    if balancer is not None and balanced_api_port(config, context) is None:
        if config.control_plane_endpoint is None:
            yield Diagnostic(
                slug="kubernetes-endpoint-without-service",
                summary="no service of the load balancer leads to the API servers",
                detail=f"none has the role `{CONTROL_PLANE_ROLE}` and port {config.api_port} there",
                hint=f"add `{{name: api, port: {config.api_port}, role: {CONTROL_PLANE_ROLE}}}` to"
                " `loadbalancer.services`, or set `controlPlaneEndpoint`",
                at_key=True,
            )
    elif endpoint(config, context) is None:
        yield Diagnostic(
            slug="kubernetes-without-endpoint",
            summary="nothing says how the control planes are reached together",
            detail="members talk to the API servers by one address, whichever of them work",
            hint="add the component `loadbalancer`, or set `controlPlaneEndpoint`",
            at_key=True,
        )
    port = balanced_api_port(config, context)
    both = [host.name for host in control_planes(context) if "loadbalancer" in host.roles]
    if balancer is not None and both and port == config.api_port:
        yield Diagnostic(
            slug="kubernetes-port-taken",
            summary=f"`{both[0]}` is a load balancer and a control plane, both on port {port}",
            detail="API servers listen on all addresses of their host",
            hint="set `controlPlaneEndpoint` with the virtual address and port 8443",
            at_key=True,
        )


def _state(config: KubernetesConfig, context: PlanContext) -> Iterator[Diagnostic]:
    count = len(control_planes(context))
    if is_etcd_external(config, context):
        if context.config("etcd") is None:
            yield Diagnostic(
                slug="kubernetes-without-etcd",
                summary="`etcdMode` is `external`, and the component `etcd` is not in the cluster",
                detail="the API servers have nowhere to store anything",
                hint="add the component `etcd`, or use `stacked`",
                path=("etcdMode",),
            )
    elif count > 1 and count % 2 == 0:
        yield Diagnostic(
            slug="kubernetes-even-control-planes",
            summary=f"{count} control planes with an etcd each, an even number",
            detail=f"they tolerate {(count - 1) // 2} failures, as {count - 1} would",
            hint=f"use {count - 1} or {count + 1} control planes",
            severity=Severity.WARNING,
            at_key=True,
        )
    if context.config("containerd") is not None:
        for host in members(context):
            if "containerd" not in host.roles:
                yield Diagnostic(
                    slug="kubernetes-without-runtime",
                    summary=f"member `{host.name}` has no container runtime",
                    detail="the component `containerd` is in the cluster, and runs on other hosts",
                    hint=f"add `containerd` to the `roles` of `{host.name}`",
                    severity=Severity.WARNING,
                    at_key=True,
                )
