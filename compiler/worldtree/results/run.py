"""One run of Ansible: what was asked for, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

#: ``finished``: Ansible came to its own end, whatever happened on hosts; ``cancelled``,
#: ``timeout``: it was ended by us; ``error``: nothing ran, or the run broke down.
RunState = Literal["finished", "cancelled", "timeout", "error"]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One Ansible run: a node, or a fused chain of nodes on the same hosts."""

    #: Unique id of this attempt, of a fixed length; exported to the hosts as WORLDTREE_ATTEMPT.
    attempt: str
    #: Node ids in order; each is one play of that name.
    nodes: tuple[str, ...]
    #: Host names left to run on (a subset of the nodes' hosts).
    hosts: tuple[str, ...]
    #: Frozen copy of the bundle this task runs.
    bundle: Path
    #: Directory of this attempt, exclusively its own; does not exist yet.
    directory: Path
    #: Which emitted plays: ``plays`` or ``rollback``.
    form: Literal["plays", "rollback"] = "plays"
    #: Seconds, or None.
    timeout: float | None = None
    #: Hosts worked on at once; None leaves it to the bundle's ansible.cfg.
    forks: int | None = None
    check: bool = False
    diff: bool = False
    verbosity: int = 0
    tags: tuple[str, ...] = ()
    #: Variables put over those of the plays, at the same place.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: What the nodes read of others' outputs: node -> host -> name -> value.
    outputs: Mapping[str, Any] = field(default_factory=dict)
    #: What nodes before these set on hosts with ``set_fact``: host -> name -> value.
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended; what happened per host is in the events."""

    state: RunState
    #: Exit code of ansible-playbook; None when it never gave one.
    rc: int | None = None
    #: Why, when state is not ``finished`` or nothing ran: told to the user.
    message: str = ""
    #: Whether Ansible's closing statistics arrived (otherwise the stream is incomplete).
    complete: bool = False
    #: Hosts that may have been in the middle of a task when the run was cut off.
    interrupted_hosts: tuple[str, ...] = ()
    #: Processes that could not be ended or checked, one readable line each.
    leftovers: tuple[str, ...] = ()
    #: The machine went down meanwhile: what no event tells of may have been done all the same.
    unknown: bool = False
