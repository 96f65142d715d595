"""``spec.ssh``: how hosts are reached."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from worldtree.spec.models.base import DocModel
from worldtree.spec.models.secrets import Reference
from worldtree.spec.models.types import Flag, Port, Text, TimeLimit

HostKeyChecking = Literal["strict", "accept-new"]


class Ssh(DocModel):
    """How hosts are reached; a host's own keys win."""

    user: Text = Field(
        default="root", description="User to log in as.", examples=["root", "deploy"]
    )
    port: Port = Field(default=22, description="Port of the SSH server.", examples=[22, 2222])
    private_key_file: Text | None = Field(
        default=None,
        description="Private key on the control side; without it the SSH agent and the client's "
        "own defaults are used.",
        examples=["~/.ssh/id_ed25519"],
    )
    private_key: Reference | None = Field(
        default=None,
        description="Reference to the text of a private key; it goes into an agent of the task's "
        "own and never to a disk.",
        examples=["${vault:kv/ssh#private_key}"],
    )
    password: Reference | None = Field(
        default=None,
        description="Reference to the password to log in with, where a key cannot be used.",
        examples=["${env:SSH_PASSWORD}"],
    )
    become_password: Reference | None = Field(
        default=None,
        description="Reference to the password that sudo asks for.",
        examples=["${prompt:sudo password}"],
    )
    known_hosts_file: Text | None = Field(
        default=None,
        description="File of known host keys; without it one is kept with the cluster's state.",
        examples=["./known_hosts"],
    )
    bastion: Text | None = Field(
        default=None,
        description="Jump host for every host: the name of a host of this document, or "
        "`[user@]address[:port]`.",
        examples=["bastion1", "jump@gate.example.com:2222"],
    )
    timeout: TimeLimit = Field(
        default=10.0, description="Time to wait for a connection.", examples=["10s"]
    )
    become: Flag | None = Field(
        default=None,
        description="Whether to work as another user (sudo); by default true when the login user "
        "is not root, and false on hosts with a local connection.",
        examples=[True],
    )
    become_user: Text = Field(default="root", description="User to become.", examples=["root"])
    host_key_checking: HostKeyChecking = Field(
        default="accept-new",
        description="`strict` refuses hosts that are not in the known hosts file; `accept-new` "
        "remembers the key seen first. A changed key is always refused.",
        examples=["strict"],
    )
