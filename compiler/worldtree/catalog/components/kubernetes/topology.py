"""The parts that hosts have in a cluster of Kubernetes, and how they reach each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Interface

from worldtree.catalog.builders import address_of, is_ip
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.control_plane_config import Endpoint
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.node_config import NodePool
from worldtree.catalog.components.loadbalancer_config import LoadbalancerConfig, Service
from worldtree.plan.plan import PlanHost

CONTROL_PLANE_ROLE = "control-plane"
WORKER_ROLE = "worker"
_ETCD_ROLE = "etcd"


@dataclass(frozen=True)
class Pool:
    """Members that are alike: those of a pool of the document, or the rest of a role."""

    name: str
    hosts: tuple[PlanHost, ...]
    is_control_plane: bool
    #: What the document says of it; None for members that are in no pool of it.
    settings: NodePool | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its hosts."""
        return tuple(host.name for host in self.hosts)


@dataclass(frozen=True)
class EtcdAccess:
    """How the API servers reach an external etcd."""

    endpoints: tuple[str, ...]
    tls: bool


def control_planes(context: PlanContext) -> tuple[PlanHost, ...]:
    """Return the control planes; the first one is made first."""
    return context.hosts_of(CONTROL_PLANE_ROLE)


def workers(context: PlanContext) -> tuple[PlanHost, ...]:
    """Return the members that are not control planes."""
    return tuple(
        host for host in context.hosts_of(WORKER_ROLE) if CONTROL_PLANE_ROLE not in host.roles
    )


def members(context: PlanContext) -> tuple[PlanHost, ...]:
    """Return all members, the control planes first."""
    return (*control_planes(context), *workers(context))


def pools_of(config: KubernetesConfig, host: PlanHost) -> list[NodePool]:
    """Return the pools of the document that a member is in; more than one is an error."""
    return [pool for pool in config.node_pools if _is_in(pool, host)]


def _is_in(pool: NodePool, host: PlanHost) -> bool:
    if pool.role is not None:
        return pool.role in host.roles
    return all(host.labels.get(key) == value for key, value in pool.host_labels.items())


def pools(config: KubernetesConfig, context: PlanContext) -> tuple[Pool, ...]:
    """Return every pool that has members: of control planes first, those of the document last."""
    found: dict[tuple[bool, str], Pool] = {}
    for is_control_plane, hosts in ((True, control_planes(context)), (False, workers(context))):
        for host in hosts:
            settings = next(iter(pools_of(config, host)), None)
            rest = CONTROL_PLANE_ROLE if is_control_plane else WORKER_ROLE
            name = rest if settings is None else settings.name
            old = found.get((is_control_plane, name))
            before = old.hosts if old is not None else ()
            found[is_control_plane, name] = Pool(name, (*before, host), is_control_plane, settings)
    return tuple(found.values())


def is_etcd_external(config: KubernetesConfig, context: PlanContext) -> bool:
    """Whether the state is in the component ``etcd``."""
    if config.etcd_mode == "auto":
        return context.config("etcd") is not None
    return config.etcd_mode == "external"


def etcd_access(config: KubernetesConfig, context: PlanContext) -> EtcdAccess | None:
    """Return how the API servers reach the external etcd; None where it is stacked or missing."""
    etcd = context.config("etcd")
    if not is_etcd_external(config, context) or etcd is None:
        return None
    tls, port = bool(getattr(etcd, "tls", True)), int(getattr(etcd, "client_port", 2379))
    scheme = "https" if tls else "http"
    hosts = (address_of(host) for host in context.hosts_of(_ETCD_ROLE))
    return EtcdAccess(tuple(f"{scheme}://{bracketed(host)}:{port}" for host in hosts), tls)


def bracketed(address: str) -> str:
    """Return an address as it stands in a URL: IPv6 in brackets."""
    return f"[{address}]" if ":" in address else address


def api_services(context: PlanContext) -> Iterator[Service]:
    """Return the API servers as a service of the load balancer, where it lists none itself."""
    config = context.config("kubernetes")
    if not isinstance(config, KubernetesConfig) or not control_planes(context):
        return
    endpoint = config.control_plane_endpoint
    yield Service(
        name="kubernetes-api",
        port=config.api_port if endpoint is None else endpoint.port,
        mode="tcp",
        role=CONTROL_PLANE_ROLE,
        server_port=config.api_port,
    )


def balanced_api_port(config: KubernetesConfig, context: PlanContext) -> int | None:
    """Return the port of the load balancer that leads to the API servers, or None."""
    balancer = context.config("loadbalancer")
    if not isinstance(balancer, LoadbalancerConfig):
        return None
    for service in balancer.services or tuple(api_services(context)):
        port = service.server_port or service.port
        if service.role == CONTROL_PLANE_ROLE and port == config.api_port:
            return service.port
    return None


def endpoint(config: KubernetesConfig, context: PlanContext) -> Endpoint | None:
    """Return how the API servers are reached; None where nothing says it."""
    if config.control_plane_endpoint is not None:
        return config.control_plane_endpoint
    balancer, port = context.config("loadbalancer"), balanced_api_port(config, context)
    if isinstance(balancer, LoadbalancerConfig) and port is not None:
        return Endpoint(host=str(IPv4Interface(balancer.vip).ip), port=port)
    first = control_planes(context)
    if len(first) == 1:
        return Endpoint(host=address_of(first[0]), port=config.api_port)
    return None


def internal_addresses(hosts: tuple[PlanHost, ...]) -> dict[str, str]:
    """Return the addresses of hosts that Ansible reaches by others; the others' are their own."""
    return {
        host.name: host.internal_address
        for host in hosts
        if host.internal_address is not None and is_ip(host.internal_address)
    }


def have_ip_addresses(hosts: tuple[PlanHost, ...]) -> bool:
    """Whether all of the hosts are known by IP addresses."""
    return all(is_ip(address_of(host)) for host in hosts)
