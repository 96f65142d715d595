"""What is known of a plan's work before it is begun: done in an earlier task, or in this one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from worldtree.results.events import Event
from worldtree.results.host_reason import HostReason
from worldtree.results.status import HostStatus

#: ``(node id, host name)``.
NodeHost = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PriorResult:
    """A pair that is not run again."""

    #: What counts for the nodes after it.
    status: HostStatus
    #: One line for people.
    why: str
    #: Id of the task that did it; None for the one that goes on, and where nothing was done.
    task: str | None = None
    #: What code decides by, where it has to.
    reason: HostReason | None = None


@dataclass(frozen=True, slots=True)
class PriorResults:
    """Where a run of a plan begins."""

    results: Mapping[NodeHost, PriorResult] = field(default_factory=dict)
    #: Pairs that are not to be run although they are not done.
    left_out: Collection[NodeHost] = frozenset()
    #: Reads the events of the task that is gone on with, whole and in order; None for a new one.
    history: Callable[[], Iterable[Event]] | None = None
    #: Attempts made so far in it.
    attempts: int = 0


NO_PRIOR_RESULTS = PriorResults()
