"""The component ``os``: what every machine of the cluster has in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from worldtree.catalog.builders import (
    address_of,
    cluster_machines,
    entry_module,
    is_ip,
    machine_selector,
    needs,
    role_step,
    role_variables,
)
from worldtree.catalog.component import (
    Builder,
    Component,
    ComponentConfig,
    PlanContext,
)
from worldtree.catalog.new_hosts import on_new_hosts
from worldtree.plan.packages import PackagesRequest
from worldtree.plan.pipeline_names import ADD_HOSTS, CREATE_CLUSTER, DESTROY_CLUSTER, VERIFY
from worldtree.plan.specs import ModuleSpec, Need, TaskSpec


class Limit(ComponentConfig):
    """One line of ``/etc/security/limits.d``."""

    domain: str = Field(description="User, ``@group`` or ``*``.", examples=["*"])
    type: Literal["soft", "hard", "-"] = Field("-", description="``-`` sets both.")
    item: str = Field(description="What is limited.", examples=["nofile"])
    value: int | Literal["unlimited"] = Field(description="The limit.", examples=[65536])


#: Time daemon -> its package, as in ``roles/os/vars/main.yml``.
TIME_PACKAGES = {"chrony": "chrony", "timesyncd": "systemd-timesyncd"}


class Time(ComponentConfig):
    """The time daemon; in a container it is not started, as the clock is the machine's."""

    service: Literal["chrony", "timesyncd"] = Field(
        "chrony", description="Which daemon keeps the time."
    )
    servers: tuple[str, ...] = Field(
        (), description="Time servers; the distribution's own when empty.", examples=[["10.0.0.1"]]
    )


class OsConfig(ComponentConfig):
    """What is set up on every machine; nothing but the hosts file unless the document asks."""

    hosts_file: bool = Field(
        True, description="Keep the cluster's host names and addresses in ``/etc/hosts``."
    )
    packages: tuple[str, ...] = Field(
        (), description="Packages to install.", examples=[["curl", "jq"]]
    )
    package_cache_seconds: int = Field(
        3600, ge=0, description="Age from which the package lists are fetched again."
    )
    kernel_modules: tuple[str, ...] = Field(
        (), description="Kernel modules, loaded now and at boot.", examples=[["br_netfilter"]]
    )
    sysctl: dict[str, str | int] = Field(
        default_factory=dict,
        description="Kernel parameters, set now and at boot.",
        examples=[{"net.ipv4.ip_forward": 1}],
    )
    time: Time | None = Field(None, description="Time daemon; left alone when not given.")
    limits: tuple[Limit, ...] = Field(
        (),
        description="Resource limits of login sessions.",
        examples=[[{"domain": "*", "item": "nofile", "value": 65536}]],
    )


def _hosts_entries(context: PlanContext) -> list[dict[str, str]]:
    """Return name and address of every machine; one known by name only is left to DNS."""
    return [
        {"name": host.name, "address": address_of(host)}
        for host in cluster_machines(context)
        if is_ip(address_of(host))
    ]


def _create(config: OsConfig, context: PlanContext) -> ModuleSpec | None:
    entries = _hosts_entries(context)
    wanted: tuple[tuple[bool, str, tuple[str, ...], tuple[Need, ...]], ...] = (
        (config.hosts_file and bool(entries), "hosts", ("hosts",), ()),
        (bool(config.packages), "packages", ("packages",), ()),
        (bool(config.kernel_modules), "modules", ("modules",), ()),
        # A parameter such as net.bridge.* exists only once its module is loaded.
        (bool(config.sysctl), "sysctl", ("sysctl",), needs("modules")),
        # Both install packages: side by side one would only wait for the other's lock.
        (config.time is not None, "time", ("time",), needs("packages")),
        (bool(config.limits), "limits", ("limits",), ()),
    )
    hosts = machine_selector(context)
    tasks = tuple(
        TaskSpec(
            name=name,
            hosts=hosts,
            needs=before,
            steps=tuple(role_step("os", entry) for entry in steps),
        )
        for active, name, steps, before in wanted
        if active
    )
    if not tasks or not cluster_machines(context):
        return None
    return ModuleSpec(name="os", component="os", tasks=tasks, vars=_variables(config, context))


def _variables(config: OsConfig, context: PlanContext) -> dict[str, Any]:
    entries = _hosts_entries(context) if config.hosts_file else []
    return {
        **role_variables(config, "os", skip=("hosts_file", "time")),
        "os_cluster": context.cluster,
        "os_hosts_entries": entries,
        **(role_variables(config.time, "os_time") if config.time else {}),
    }


def _entry_builder(entry: str) -> Builder[OsConfig]:
    """Return the builder of a module that runs one entry on every machine."""

    def build(config: OsConfig, context: PlanContext) -> ModuleSpec | None:
        if not cluster_machines(context):
            return None
        return entry_module("os", entry, machine_selector(context), _variables(config, context))

    return build


def _packages(config: OsConfig, context: PlanContext) -> Iterable[PackagesRequest]:
    hosts = tuple(host.name for host in cluster_machines(context))
    daemons = [TIME_PACKAGES[config.time.service]] if config.time is not None else []
    # As apt reads them: a name, with a version behind it where it must be this one.
    parts = [one.partition("=") for one in (*config.packages, *daemons)]
    if hosts and parts:
        yield PackagesRequest(
            names=tuple(name for name, _, _ in parts),
            versions={name: version for name, _, version in parts if version},
            hosts=hosts,
        )


COMPONENT = Component(
    name="os",
    summary="What every machine has in common: hosts file, packages, kernel, time, limits.",
    config=OsConfig,
    host_role="all",
    pipelines={
        CREATE_CLUSTER: _create,
        ADD_HOSTS: on_new_hosts(_create),
        VERIFY: _entry_builder("verify"),
        DESTROY_CLUSTER: _entry_builder("remove"),
    },
    packages=_packages,
)
