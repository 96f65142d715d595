"""``spec.hosts`` and ``spec.groups``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from worldtree.spec.models.base import DocModel
from worldtree.spec.models.types import (
    Address,
    Flag,
    GroupName,
    HostRange,
    Labels,
    Port,
    Text,
    Vars,
    none_as_list,
)

Connection = Literal["ssh", "local"]


class Host(DocModel):
    """A host, or a range of similar hosts."""

    name: HostRange = Field(
        description="Name of the host; a range such as `web[01:20]` defines several hosts.",
        examples=["web1", "etcd[1:3]", "web[01:20]"],
    )
    address: Address | None = Field(
        default=None,
        description="IP address or DNS name to connect to; a range must be as long as that of the "
        "name. By default the name.",
        examples=["10.0.0.31", "10.0.0.[11:13]"],
    )
    internal_address: Address | None = Field(
        default=None,
        description="Address that other hosts use to reach this one; by default `address`.",
        examples=["192.168.0.31"],
    )
    port: Port | None = Field(
        default=None,
        description="Port of the SSH server; by default `spec.ssh.port`.",
        examples=[2222],
    )
    user: Text | None = Field(
        default=None,
        description="User to log in as; by default `spec.ssh.user`.",
        examples=["deploy"],
    )
    connection: Connection = Field(
        default="ssh",
        description="`local` means the machine that WorldTree runs on.",
        examples=["local"],
    )
    bastion: Text | None = Field(
        default=None,
        description="Jump host: a host of this document or `[user@]address[:port]`; by default "
        "`spec.ssh.bastion`. `none` means no jump host.",
        examples=["bastion1"],
    )
    become: Flag | None = Field(
        default=None,
        description="Whether to become another user on this host; by default `spec.ssh.become`.",
        examples=[False],
    )
    roles: Annotated[tuple[GroupName, ...], BeforeValidator(none_as_list)] = Field(
        default=(),
        description="Roles of the host. A component runs on the hosts of its role; each role "
        "is a group, and `role=web` selects its hosts.",
        examples=[["etcd"], ["web", "loadbalancer"]],
    )
    labels: Labels = Field(
        default={},
        description="Labels for selectors.",
        examples=[{"rack": "a", "zone": "north"}],
    )
    vars: Vars = Field(
        default={},
        description="Ansible variables of the host.",
        examples=[{"keepalived_priority": 110}],
    )


class Group(DocModel):
    """A named set of hosts, for roles that use group names and for shared variables."""

    members: Annotated[tuple[Text, ...], BeforeValidator(none_as_list)] = Field(
        default=(),
        description="Hosts, host ranges, other groups (roles are groups), or label selectors.",
        examples=[["web1", "db[1:3]"], ["web", "rack=a"]],
    )
    vars: Vars = Field(
        default={},
        description="Ansible variables of the group.",
        examples=[{"ntp_server": "10.0.0.1"}],
    )
