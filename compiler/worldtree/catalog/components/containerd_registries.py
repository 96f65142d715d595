"""How ``containerd`` pulls images: from registries of the document and of the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from worldtree.catalog.builders import address_of
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components import registry
from worldtree.catalog.components.containerd_config import ContainerdConfig
from worldtree.catalog.components.registry_config import RegistryConfig

#: Where hosts with containerd have the certificate of the registry's authority.
AUTHORITY_DIRECTORY = "/etc/containerd/pki"


def registries(config: ContainerdConfig, context: PlanContext) -> list[dict[str, Any]]:
    """Return the registries as items of ``containerd_registries``.

    What the document says of a registry counts; the cluster's own one is added for all others.
    """
    given = [one.model_dump(mode="json", exclude_none=True) for one in config.registries]
    named = {item["name"] for item in given}
    return given + [item for item in _of_cluster(context) if item["name"] not in named]


def cluster_registry(context: PlanContext) -> RegistryConfig | None:
    """Return the configuration of the cluster's own registry, where it has one."""
    config = context.config(registry.COMPONENT.name)
    return config if isinstance(config, RegistryConfig) and servers(config, context) else None


def servers(config: RegistryConfig, context: PlanContext) -> list[str]:
    """Return ``address:port`` of the cluster's registries, as it stands in names of images."""
    hosts = context.hosts_of(registry.HOST_ROLE)
    addresses = [config.address] if config.address and hosts else [address_of(one) for one in hosts]
    bracketed = [f"[{one}]" if ":" in one else one for one in addresses]
    return [f"{one}:{config.port}" for one in bracketed]


def _of_cluster(context: PlanContext) -> Iterator[dict[str, Any]]:
    config = cluster_registry(context)
    if config is None:
        return
    found = servers(config, context)
    for server in found:
        yield {"name": server, "upstream": False, "mirrors": [_mirror(config, server)]}
    for name in config.mirrored:
        # Images of other registries are in repositories that begin with the registry's name.
        mirrors = [
            {**_mirror(config, server, f"/v2/{name}"), "override_path": True} for server in found
        ]
        yield {"name": name, "upstream": config.upstream, "mirrors": mirrors}


def _mirror(config: RegistryConfig, server: str, path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"url": f"{'https' if config.tls else 'http'}://{server}{path}"}
    if config.tls:
        found["ca_path"] = f"{AUTHORITY_DIRECTORY}/ca.crt"
    if config.puller is not None:
        found |= {"username": config.puller.name, "password": config.puller.password}
    return found
