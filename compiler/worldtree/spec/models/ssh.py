"""``spec.ssh``: SSH settings of all hosts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from worldtree.spec.models.base import DocModel
from worldtree.spec.models.secrets import Reference
from worldtree.spec.models.types import Flag, Port, Text, TimeLimit

HostKeyChecking = Literal["strict", "accept-new"]


class Ssh(DocModel):
    """SSH settings of all hosts; the keys of a host override them."""

    user: Text = Field(
        default="root", description="User to log in as.", examples=["root", "deploy"]
    )
    port: Port = Field(default=22, description="Port of the SSH server.", examples=[22, 2222])
    private_key_file: Text | None = Field(
        default=None,
        description="Private key on the control side; by default the SSH agent and the defaults of "
        "the SSH client are used.",
        examples=["~/.ssh/id_ed25519"],
    )
    private_key: Reference | None = Field(
        default=None,
        description="Reference to the text of a private key; it is loaded into an SSH agent of the "
        "task and never written to disk.",
        examples=["${vault:kv/ssh#private_key}"],
    )
    password: Reference | None = Field(
        default=None,
        description="Reference to the login password, for hosts that accept no keys.",
        examples=["${env:SSH_PASSWORD}"],
    )
    become_password: Reference | None = Field(
        default=None,
        description="Reference to the sudo password.",
        examples=["${prompt:sudo password}"],
    )
    known_hosts_file: Text | None = Field(
        default=None,
        description="File of known host keys; by default a file in the state of the cluster.",
        examples=["./known_hosts"],
    )
    bastion: Text | None = Field(
        default=None,
        description="Jump host of all hosts: a host of this document, or `[user@]address[:port]`.",
        examples=["bastion1", "jump@gate.example.com:2222"],
    )
    timeout: TimeLimit = Field(
        default=10.0, description="Timeout of connections.", examples=["10s"]
    )
    become: Flag | None = Field(
        default=None,
        description="Whether to become another user (sudo); by default true if the login user is "
        "not root, and false on hosts with a local connection.",
        examples=[True],
    )
    become_user: Text = Field(default="root", description="User to become.", examples=["root"])
    host_key_checking: HostKeyChecking = Field(
        default="accept-new",
        description="`strict` rejects hosts that are not in the known hosts file; `accept-new` "
        "stores the first key of a host. A changed key is always rejected.",
        examples=["strict"],
    )
