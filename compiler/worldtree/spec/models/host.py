"""``spec.hosts`` and ``spec.groups``: the machines and how they are grouped."""

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
    """A machine, or a range of machines that are alike."""

    name: HostRange = Field(
        description="Name of the host; a range such as `web[01:20]` stands for several.",
        examples=["web1", "etcd[1:3]", "web[01:20]"],
    )
    address: Address | None = Field(
        default=None,
        description="Where the host is reached: IP address or DNS name; a range must have as many "
        "parts as the name's. By default the name.",
        examples=["10.0.0.31", "10.0.0.[11:13]"],
    )
    internal_address: Address | None = Field(
        default=None,
        description="Address that the hosts use among themselves; by default the address.",
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
        "`spec.ssh.bastion`. The text `none` means no jump host.",
        examples=["bastion1"],
    )
    become: Flag | None = Field(
        default=None,
        description="Whether to work as another user here; by default as `spec.ssh.become`.",
        examples=[False],
    )
    roles: Annotated[tuple[GroupName, ...], BeforeValidator(none_as_list)] = Field(
        default=(),
        description="What the host is for. A component runs on the hosts of its role; each role "
        "is a group, and `role=web` selects by it.",
        examples=[["etcd"], ["web", "loadbalancer"]],
    )
    labels: Labels = Field(
        default={},
        description="Free words to select hosts by.",
        examples=[{"rack": "a", "zone": "north"}],
    )
    vars: Vars = Field(
        default={},
        description="Ansible variables of the host.",
        examples=[{"keepalived_priority": 110}],
    )


class Group(DocModel):
    """A named set of hosts, for roles that look at group names and for shared variables."""

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
