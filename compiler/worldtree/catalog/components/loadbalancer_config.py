"""What the document can say about the component ``loadbalancer``."""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from worldtree.catalog.component import ComponentConfig

#: Goes into haproxy's configuration as the name of a section or a server.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]+$")]
#: One word of a configuration file.
Word = Annotated[str, StringConstraints(pattern=r"^[^\s\"'#\\]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]


class Server(ComponentConfig):
    """One program that does a service's work."""

    name: Name = Field(description="Its name in statistics and logs.", examples=["web1"])
    address: Word = Field(
        description="Address or name by which load balancers reach it.", examples=["10.0.0.31"]
    )
    port: Port = Field(description="Its TCP port.", examples=[8080])


class Service(ComponentConfig):
    """One port of the VIP and the servers behind it: those listed, or the hosts of a role."""

    name: Name = Field(description="Unique name of the service.", examples=["web"])
    port: Port = Field(description="TCP port on the VIP.", examples=[80])
    mode: Literal["http", "tcp"] = Field(
        "tcp", description="Whether haproxy looks into HTTP or passes bytes on."
    )
    balance: Literal["roundrobin", "leastconn", "source", "first", "random"] = Field(
        "roundrobin", description="How requests are spread."
    )
    check_path: str | None = Field(
        None,
        pattern=r"^/[^\s\"'#\\]*$",
        description="Path that must answer on each server; a TCP connect when not given.",
        examples=["/healthz"],
    )
    role: Name | None = Field(
        None, description="The servers are the hosts of this role.", examples=["web"]
    )
    server_port: Port | None = Field(
        None,
        description="Port on the hosts of ``role``; the same as ``port`` when not given.",
        examples=[8080],
    )
    servers: tuple[Server, ...] = Field((), description="The servers, instead of a role.")

    @model_validator(mode="after")
    def _role_or_servers(self) -> Service:
        if (self.role is None) == (not self.servers):
            msg = "a service has either a `role` or `servers`"
            raise ValueError(msg)
        if self.server_port is not None and self.role is None:
            msg = "`serverPort` goes with `role`; each of `servers` has its own port"
            raise ValueError(msg)
        return self


class LoadbalancerConfig(ComponentConfig):
    """A virtual address and what is reached through it."""

    vip: str = Field(
        description="IPv4 address with prefix length that one load balancer always holds.",
        examples=["10.0.0.10/24"],
    )
    services: tuple[Service, ...] = Field(
        (),
        description="What is balanced; when empty, the sites of component ``nginx``, else port 80"
        " of the hosts with the role ``web``.",
    )
    interface: str | None = Field(
        None,
        pattern=r"^[\w.@-]{1,15}$",
        description="Network interface of the VIP; the one with the host's own address otherwise.",
        examples=["eth1"],
    )
    vrrp_version: Literal[2, 3] = Field(
        3, description="Version of VRRP; the adverts go from peer to peer in both."
    )
    router_id: int = Field(
        51, ge=1, le=255, description="Number of the VRRP group, unique in its network."
    )
    advert_seconds: float = Field(
        1,
        ge=0.01,
        le=40,
        description="Seconds between adverts; after three missed ones the next"
        " load balancer takes over.",
    )
    vrrp_password: str | None = Field(
        None,
        description="Password of VRRP version 2, at most eight characters.",
        examples=["${env:VRRP_PASSWORD}"],
    )
    preempt: bool = Field(
        True, description="Whether one with a higher priority takes the VIP back on its return."
    )
    monitor_port: Port = Field(
        8404, description="Port on 127.0.0.1 for haproxy's own health and statistics."
    )
    max_connections: int = Field(4096, ge=1, description="Connections at once.")
    connect_seconds: int = Field(5, ge=1, description="Seconds to wait for a server's connection.")
    client_seconds: int = Field(60, ge=1, description="Seconds a client may be silent.")
    server_seconds: int = Field(60, ge=1, description="Seconds a server may be silent.")
    check_seconds: int = Field(2, ge=1, description="Seconds between two checks of a server.")
    gate_seconds: int = Field(
        30, ge=1, description="Seconds until the VIP must be on exactly one load balancer."
    )

    @field_validator("vip")
    @classmethod
    def _with_prefix(cls, vip: str) -> str:
        try:
            IPv4Interface(vip)
        except ValueError:
            msg = "not an IPv4 address with prefix length, such as 10.0.0.10/24"
            raise ValueError(msg) from None
        return vip if "/" in vip else f"{vip}/32"

    @field_validator("services")
    @classmethod
    def _unique(cls, services: tuple[Service, ...]) -> tuple[Service, ...]:
        for what, values in (
            ("name", [service.name for service in services]),
            ("port", [service.port for service in services]),
        ):
            if len(set(values)) < len(values):
                msg = f"two services have the same {what}"
                raise ValueError(msg)
        return services

    @model_validator(mode="after")
    def _fits_version(self) -> LoadbalancerConfig:
        if self.vrrp_version == 3 and self.vrrp_password is not None:
            msg = "VRRP version 3 has no password; set `vrrpVersion: 2` or leave it out"
            raise ValueError(msg)
        if self.vrrp_version == 2 and self.advert_seconds % 1:
            msg = "`advertSeconds` is a whole number in VRRP version 2"
            raise ValueError(msg)
        return self
