"""How a host is reached beside Ansible, as data that goes to the supervisor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HostAccess:
    """How to reach a host over ssh, and references to its passwords."""

    #: The ssh command line.
    ssh: list[str]
    #: References to the passwords of the login and of sudo.
    password: str | None = None
    become_password: str | None = None
