"""What the document says about the networks of pods and services, and about kube-proxy."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from pydantic import Field, field_validator, model_validator

from worldtree.catalog.component import ComponentConfig

Network = IPv4Network | IPv6Network
#: kubeadm refuses a member's network that is more bits longer than that of all pods.
_MOST_MEMBER_BITS = 16
#: The controller manager refuses larger IPv6 networks of services.
_LARGEST_IPV6_SERVICES = 108


class Dns(ComponentConfig):
    """CoreDNS, the DNS of services and pods."""

    enabled: bool = Field(True, description="Whether kubeadm installs CoreDNS.")
    image_tag: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
        description="Tag of its image; the one that kubeadm was released with when not given.",
        examples=["v1.13.1"],
    )


class Networking(ComponentConfig):
    """Networks of pods and services: one of IPv4 or IPv6, or one of each for dual stack."""

    pods: tuple[str, ...] = Field(
        ("10.244.0.0/16",), min_length=1, max_length=2, description="Networks of the pods."
    )
    services: tuple[str, ...] = Field(
        ("10.96.0.0/16",), min_length=1, max_length=2, description="Networks of the services."
    )
    node_mask_ipv4: int = Field(
        24, ge=8, le=30, description="Prefix length of a member's part of the pods' IPv4 network."
    )
    node_mask_ipv6: int = Field(
        64, ge=16, le=124, description="Prefix length of a member's part of the IPv6 network."
    )
    dns_domain: str = Field(
        "cluster.local",
        pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
        description="DNS domain of the services.",
    )
    plugin: Literal["bridge", "none"] = Field(
        "bridge",
        description="How pods reach each other: ``bridge`` for a bridge on each member and static"
        " routes, for members of one network; ``none`` for a plugin of your own.",
    )

    @field_validator("pods", "services")
    @classmethod
    def _networks(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        found = [_network(value) for value in values]
        if len(found) == 2 and found[0].version == found[1].version:
            raise ValueError("both networks are of the same IP version; dual stack has one of each")
        return tuple(str(network) for network in found)

    @model_validator(mode="after")
    def _fits_together(self) -> Networking:
        pods, services = self.pod_networks, self.service_networks
        if [one.version for one in pods] != [one.version for one in services]:
            raise ValueError("`pods` and `services` differ in their IP versions, or in their order")
        for pod, service in zip(pods, services, strict=True):
            if pod.overlaps(service):
                raise ValueError(f"the networks of pods {pod} and of services {service} overlap")
            mask = self.node_mask(pod.version)
            if not pod.prefixlen < mask <= pod.prefixlen + _MOST_MEMBER_BITS:
                raise ValueError(
                    f"`nodeMaskIpv{pod.version}` {mask} does not fit {pod}: "
                    f"use {pod.prefixlen + 1} to {pod.prefixlen + _MOST_MEMBER_BITS}"
                )
            if service.version == 6 and service.prefixlen < _LARGEST_IPV6_SERVICES:
                raise ValueError(f"{service} is too large: use /{_LARGEST_IPV6_SERVICES} or longer")
        return self

    @property
    def pod_networks(self) -> tuple[Network, ...]:
        """The networks of the pods."""
        return tuple(_network(value) for value in self.pods)

    @property
    def service_networks(self) -> tuple[Network, ...]:
        """The networks of the services."""
        return tuple(_network(value) for value in self.services)

    def node_mask(self, version: int) -> int:
        """Return the prefix length of a member's part of the pods' network of an IP version."""
        return self.node_mask_ipv4 if version == 4 else self.node_mask_ipv6

    @property
    def most_members(self) -> int:
        """How many members get a part of the pods' networks."""
        return min(
            1 << (self.node_mask(network.version) - network.prefixlen)
            for network in self.pod_networks
        )


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f"`{text}` is not a network such as 10.244.0.0/16: {error}") from None


class Proxy(ComponentConfig):
    """kube-proxy, which brings the addresses of services to pods."""

    enabled: bool = Field(True, description="False where the network plugin does its work.")
    mode: Literal["iptables", "nftables", "ipvs"] = Field(
        "nftables", description="What it programs in the kernel."
    )
    strict_arp: bool = Field(False, description="With ``ipvs``: answer ARP for own addresses only.")
    conntrack_max_per_core: int | None = Field(
        None,
        ge=0,
        description="Tracked connections per CPU; 0 leaves the kernel's limit alone, as a"
        " container has to.",
        examples=[32768],
    )
    conntrack_min: int | None = Field(
        None, ge=0, description="Least tracked connections of a member.", examples=[131072]
    )
