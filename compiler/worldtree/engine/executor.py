"""The protocol between the scheduler and whatever carries a run out: runner, dry-run, debug."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from worldtree.results.events import Event

RunState = Literal["finished", "cancelled", "timeout", "error"]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One Ansible run: a node, or a fused chain of nodes on the same hosts."""

    #: Unique id of this attempt; exported to the hosts as WORLDTREE_ATTEMPT.
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
    forks: int = 5
    check: bool = False
    diff: bool = False
    verbosity: int = 0
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended; what happened per host is in the events."""

    state: RunState
    #: Exit code of ansible-playbook; None when it never gave one.
    rc: int | None = None
    #: Why, when state is ``error`` or nothing ran: told to the user.
    message: str = ""
    #: Whether Ansible's closing statistics arrived (otherwise the stream is incomplete).
    complete: bool = False
    #: Hosts that may have been in the middle of a task when the run was cut off.
    interrupted_hosts: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = field(default=())


class RunHandle(Protocol):
    """A run under way."""

    def cancel(self) -> None:
        """Ask the run to end at once; returns immediately, idempotent."""

    def wait(self, timeout: float | None = None) -> RunOutcome | None:
        """Block until the run ended (None when ``timeout`` seconds passed first)."""


class Executor(Protocol):
    """Starts runs; must be safe to call from the scheduler's thread while others are running."""

    def start(self, request: RunRequest, on_event: Callable[[Event], None]) -> RunHandle:
        """Start ``request``; ``on_event`` is called in order, from a thread of the executor."""
