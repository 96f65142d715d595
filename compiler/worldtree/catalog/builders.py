"""Helpers of component builders: role steps, needs, role variables, addresses."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from worldtree.catalog.component import Builder, ComponentConfig, PlanContext
from worldtree.plan.plan import PlanHost
from worldtree.plan.policy import Policy
from worldtree.plan.specs import EdgeKind, ModuleSpec, Need, Selector, StepSpec, TaskSpec

#: Hosts of this role are the control side: no component configures them as machines.
CONTROL_ROLE = "control"


def role_step(
    role: str,
    entry: str,
    *,
    name: str = "",
    variables: dict[str, Any] | None = None,
    hosts: Selector | None = None,
    policy: Policy | None = None,
    read_only: bool = False,
) -> StepSpec:
    """Return the step that runs ``entry`` of ``role``, named like the entry."""
    return StepSpec(
        name=name or entry.replace("_", "-"),
        kind="role",
        role=role,
        entry=entry,
        vars=variables or {},
        hosts=hosts,
        policy=policy or Policy(),
        read_only=read_only,
    )


def needs(*targets: str, scope: EdgeKind = "host") -> tuple[Need, ...]:
    """Return needs of one scope; per host by default, as barriers make hosts wait."""
    return tuple(Need(target=target, scope=scope) for target in targets)


def role_variables(
    config: ComponentConfig, role: str, *, skip: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return each field of ``config`` as ``<role>_<field>``, but for unset and skipped ones."""
    data = config.model_dump(mode="json", exclude=set(skip), exclude_none=True)
    return {f"{role}_{name}": value for name, value in data.items()}


def entry_module(
    component: str,
    entry: str,
    hosts: Selector,
    variables: dict[str, Any],
    *,
    policy: Policy | None = None,
) -> ModuleSpec:
    """Return the module with one task of one role step, such as ``verify`` or ``remove``."""
    task = TaskSpec(
        name=entry, hosts=hosts, steps=(role_step(component, entry),), policy=policy or Policy()
    )
    return ModuleSpec(name=component, component=component, tasks=(task,), vars=variables)


def entry_builder(
    component: str,
    entry: str,
    host_role: str,
    variables: Callable[[Any, PlanContext], dict[str, Any]],
) -> Builder[Any]:
    """Return the builder of ``entry_module`` on the hosts of a role; of nothing without any."""

    def build(config: ComponentConfig, context: PlanContext) -> ModuleSpec | None:
        if not context.hosts_of(host_role):
            return None
        return entry_module(component, entry, f"role={host_role}", variables(config, context))

    return build


def cluster_machines(context: PlanContext) -> tuple[PlanHost, ...]:
    """Return every host that is a machine of the cluster: all but the control side."""
    return tuple(host for host in context.hosts if CONTROL_ROLE not in host.roles)


def machine_selector(context: PlanContext) -> Selector:
    """Return the selector of ``cluster_machines``: ``all`` where there is no control host."""
    control = len(cluster_machines(context)) < len(context.hosts)
    return f"all:!{CONTROL_ROLE}" if control else "all"


def address_of(host: PlanHost) -> str:
    """Return the address by which other hosts of the cluster reach ``host``."""
    return host.internal_address or host.address


def is_ip(address: str) -> bool:
    """Tell whether ``address`` is an IPv4 or IPv6 address rather than a name."""
    try:
        ip_address(address)
    except ValueError:
        return False
    return True
