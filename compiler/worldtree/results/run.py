"""One run of Ansible: its request and its outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

#: ``finished``: Ansible ended by itself, whatever happened on hosts; ``cancelled``, ``timeout``: it
#: was stopped; ``error``: nothing ran, or the run broke down.
RunState = Literal["finished", "cancelled", "timeout", "error"]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One Ansible run: a node, or a fused chain of nodes on the same hosts."""

    #: Unique id of this attempt, of a fixed length; exported to the hosts as WORLDTREE_ATTEMPT.
    attempt: str
    #: Node ids in order; each is one play of that name.
    nodes: tuple[str, ...]
    #: Names of the hosts to run on (a subset of the nodes' hosts).
    hosts: tuple[str, ...]
    #: The task's frozen copy of the bundle.
    bundle: Path
    #: The attempt's own directory; does not exist yet.
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
    #: Tags of the tasks that run, and of those that do not; without any, as Ansible does it.
    tags: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()
    #: Variables that override those of the plays, at the same precedence.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: Outputs that the nodes read: node -> host -> name -> value.
    outputs: Mapping[str, Any] = field(default_factory=dict)
    #: What Ansible would still know of hosts from earlier nodes: host -> layer -> name -> value.
    memory: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Handlers that an earlier try of the nodes notified and did not run: node -> host -> names.
    notified: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended; what happened per host is in the events."""

    state: RunState
    #: Exit code of ansible-playbook; None when it never gave one.
    rc: int | None = None
    #: The reason, for the user, when the state is not ``finished`` or nothing ran.
    message: str = ""
    #: Whether Ansible's closing statistics arrived; without them the events are incomplete.
    complete: bool = False
    #: Hosts that may have been in a task when the run was cut off.
    interrupted_hosts: tuple[str, ...] = ()
    #: Processes that could not be killed or checked, one line each.
    leftovers: tuple[str, ...] = ()
    #: The machine went down during the run: work without events may have been done.
    unknown: bool = False
