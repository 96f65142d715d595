"""The component ``loadbalancer``: haproxy behind a virtual address that keepalived moves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Interface
from typing import Any

from worldtree.catalog.builders import (
    address_of,
    entry_builder,
    is_ip,
    needs,
    role_step,
    role_variables,
)
from worldtree.catalog.component import (
    Component,
    PlanContext,
)
from worldtree.catalog.components import nginx
from worldtree.catalog.components.kubernetes.changed_context import ChangedContext
from worldtree.catalog.components.kubernetes.topology import api_services
from worldtree.catalog.components.loadbalancer_config import LoadbalancerConfig, Service
from worldtree.catalog.new_hosts import new_hosts
from worldtree.catalog.pipelines.remove_hosts import RemoveHostsParameters
from worldtree.core.errors import Diagnostic, Severity
from worldtree.plan.packages import PackagesRequest
from worldtree.plan.pipeline_names import (
    ADD_HOSTS,
    CREATE_CLUSTER,
    DESTROY_CLUSTER,
    REMOVE_HOSTS,
    VERIFY,
)
from worldtree.plan.plan import PlanHost
from worldtree.plan.specs import ModuleSpec, TaskSpec

HOST_ROLE = "loadbalancer"
_HOST_SELECTOR = f"role={HOST_ROLE}"

#: Packages that the role installs: those of ``roles/loadbalancer/vars/main.yml``.
PACKAGES = ("haproxy", "keepalived")

#: Variable of a host that gives its VRRP priority; without it the first host has the highest.
PRIORITY_VARIABLE = "keepalived_priority"
_HIGHEST_PRIORITY = 200


def _create(config: LoadbalancerConfig, context: PlanContext) -> ModuleSpec | None:
    if not context.hosts_of(HOST_ROLE):
        return None

    def task(name: str, *entries: str, after: str) -> TaskSpec:
        steps = tuple(role_step("loadbalancer", entry) for entry in entries)
        return TaskSpec(name=name, hosts=_HOST_SELECTOR, needs=needs(after), steps=steps)

    gate = TaskSpec(
        name="gate",
        hosts=_HOST_SELECTOR,
        # All of them, as it asks whether the VIP is on exactly one.
        needs=needs("keepalived", scope="barrier"),
        steps=(role_step("loadbalancer", "gate", read_only=True),),
    )
    haproxy = TaskSpec(
        name="haproxy",
        hosts=_HOST_SELECTOR,
        steps=(role_step("loadbalancer", "install"), role_step("loadbalancer", "haproxy")),
    )
    return ModuleSpec(
        name="loadbalancer",
        component="loadbalancer",
        tasks=(haproxy, task("keepalived", "keepalived", after="haproxy"), gate),
        vars=_variables(config, context),
    )


def _variables(config: LoadbalancerConfig, context: PlanContext) -> dict[str, Any]:
    return {
        **role_variables(config, "loadbalancer", skip=("services",)),
        "loadbalancer_peers": peers(context),
        "loadbalancer_services": [
            _service_variables(service, context) for service in services(config, context)
        ],
    }


def peers(context: PlanContext) -> list[dict[str, Any]]:
    """Return the load balancers as items of ``loadbalancer_peers``."""
    return [
        {
            "name": host.name,
            "address": address_of(host),
            "priority": _priority(host, _HIGHEST_PRIORITY - 10 * place),
        }
        for place, host in enumerate(context.hosts_of(HOST_ROLE))
    ]


def _priority(host: PlanHost, default: int) -> int:
    given = host.vars.get(PRIORITY_VARIABLE, default)
    return given if isinstance(given, int) else default


def _add_hosts(config: LoadbalancerConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the creation where a new host is one of the servers, which its settings list."""
    return _create(config, context) if _serves(config, context, new_hosts(context)) else None


def _remove_hosts(config: LoadbalancerConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the creation without the servers that go."""
    given = context.parameters
    if not isinstance(given, RemoveHostsParameters) or not _serves(config, context, given.hosts):
        return None
    made = _create(config, ChangedContext(context, gone=frozenset(given.hosts)))
    if made is None:
        return None
    # Requests go to a server until its API has let it go.
    waits = needs("kubernetes/members", scope="barrier")
    return made.model_copy(update={"needs": (*made.needs, *waits)})


def _serves(config: LoadbalancerConfig, context: PlanContext, names: Collection[str]) -> bool:
    roles = {one.role for one in services(config, context) if one.role is not None}
    return any(host.name in names for role in roles for host in context.hosts_of(role))


def services(config: LoadbalancerConfig, context: PlanContext) -> tuple[Service, ...]:
    """Return the services of the document, else those of the web tier and of Kubernetes."""
    return config.services or (*_web_services(context), *api_services(context))


def _web_services(context: PlanContext) -> Iterator[Service]:
    """The sites of component ``nginx``; without it, port 80 of whatever has the role ``web``."""
    web = context.config("nginx")
    if not context.hosts_of(nginx.HOST_ROLE):
        return
    if not isinstance(web, nginx.NginxConfig):
        yield Service(name="web", port=80, mode="http", role=nginx.HOST_ROLE)
        return
    named = {site.port: site.name for site in reversed(web.sites)}
    for port, name in sorted(named.items()):
        yield Service(
            name=name, port=port, mode="http", role=nginx.HOST_ROLE, check_path=web.health_path
        )


def _service_variables(service: Service, context: PlanContext) -> dict[str, Any]:
    data = service.model_dump(
        mode="json", exclude={"role", "server_port", "servers"}, exclude_none=True
    )
    if service.role is None:
        return {**data, "servers": [server.model_dump(mode="json") for server in service.servers]}
    port = service.server_port or service.port
    return {
        **data,
        "servers": [
            {"name": host.name, "address": address_of(host), "port": port}
            for host in context.hosts_of(service.role)
        ],
    }


def _packages(_config: LoadbalancerConfig, context: PlanContext) -> Iterable[PackagesRequest]:
    hosts = tuple(host.name for host in context.hosts_of(HOST_ROLE))
    if hosts:
        yield PackagesRequest(names=PACKAGES, hosts=hosts)


def _check(config: LoadbalancerConfig, context: PlanContext) -> Iterable[Diagnostic]:
    yield from _check_hosts(config, context)
    for place, service in enumerate(config.services):
        if service.role is not None and not context.hosts_of(service.role):
            yield Diagnostic(
                slug="loadbalancer-service-without-servers",
                summary=f"no host has the role `{service.role}`",
                detail=f"service `{service.name}` would have no server",
                hint=f"add `roles: [{service.role}]` to a host, or list `servers`",
                path=("services", place, "role"),
            )
    if not services(config, context):
        yield Diagnostic(
            slug="loadbalancer-without-services",
            summary="there is nothing to balance",
            detail="no `services` are listed, and no host has the role `web`",
            hint="list `services`",
            at_key=True,
        )


def _check_hosts(config: LoadbalancerConfig, context: PlanContext) -> Iterable[Diagnostic]:
    vip = str(IPv4Interface(config.vip).ip)
    for host in context.hosts:
        if vip in (host.address, host.internal_address):
            yield Diagnostic(
                slug="loadbalancer-vip-taken",
                summary=f"the VIP {vip} is the address of host `{host.name}`",
                detail="two machines would have the same address",
                hint="choose an address of the same network that no machine has",
                path=("vip",),
            )
    balancers = context.hosts_of(HOST_ROLE)
    for host in balancers:
        if not is_ip(address_of(host)):
            yield Diagnostic(
                slug="loadbalancer-address-not-ip",
                summary=f"the load balancer `{host.name}` has a host name instead of an IP address",
                detail=f"VRRP advertisements go to IP addresses; `{address_of(host)}` is not one",
                hint=f"set an IP address as `internalAddress` of `{host.name}`",
                at_key=True,
            )
    if len(balancers) == 1:
        yield Diagnostic(
            slug="loadbalancer-single",
            summary="there is only one load balancer",
            detail=f"no other one takes over the VIP when `{balancers[0].name}` fails",
            hint=f"add `roles: [{HOST_ROLE}]` to a second host",
            severity=Severity.WARNING,
            at_key=True,
        )


COMPONENT = Component(
    name="loadbalancer",
    summary="haproxy behind a virtual address that is always on exactly one load balancer.",
    config=LoadbalancerConfig,
    host_role=HOST_ROLE,
    pipelines={
        CREATE_CLUSTER: _create,
        ADD_HOSTS: _add_hosts,
        REMOVE_HOSTS: _remove_hosts,
        VERIFY: entry_builder("loadbalancer", "verify", HOST_ROLE, _variables),
        DESTROY_CLUSTER: entry_builder("loadbalancer", "remove", HOST_ROLE, _variables),
    },
    after=("os",),
    template_context={
        "__loadbalancer_vip_address": "the VIP without its prefix length",
        "__loadbalancer_self": "this host among ``loadbalancer_peers``",
        "__loadbalancer_others": "the other ones",
        "__loadbalancer_link": "network interface of the VIP",
        "__loadbalancer_check_script": "path of the script that checks haproxy",
        "__loadbalancer_stats_socket": "path of haproxy's socket for statistics and commands",
    },
    check=_check,
    packages=_packages,
)
