"""Results that a task starts with: from earlier tasks, or from its own part before a resume."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worldtree.results.host_reason import HostReason
from worldtree.results.status import HostStatus

if TYPE_CHECKING:
    from worldtree.engine.shared_work import OtherSuccesses
    from worldtree.results.events import Event

#: ``(node id, host name)``.
NodeHost = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PriorResult:
    """The result of a node on a host that does not run again."""

    #: The status that the nodes after it see.
    status: HostStatus
    #: One line for people.
    why: str
    #: Id of the task that did it; None for the resumed task itself, and where nothing was done.
    task: str | None = None
    #: What code decides by, where it has to.
    reason: HostReason | None = None


@dataclass(frozen=True, slots=True)
class PriorResults:
    """All results that a task starts with."""

    results: Mapping[NodeHost, PriorResult] = field(default_factory=dict)
    #: Nodes on hosts that do not run although they are not done.
    left_out: Collection[NodeHost] = frozenset()
    #: Nodes on hosts that the resumed task had done, and that run again.
    again: Collection[NodeHost] = frozenset()
    #: Reads all events of the resumed task, in order; None for a new task.
    history: Callable[[], Iterable[Event]] | None = None
    #: Attempts of the task so far.
    attempts: int = 0
    #: What other pipelines did on the cluster; None where nothing is known of them.
    others: OtherSuccesses | None = None
    #: Hosts to which the connection check made no connection.
    unreached: Collection[str] = frozenset()

    @property
    def again_by_node(self) -> dict[str, list[str]]:
        """``again`` as node id -> hosts, both in order of their names."""
        found: dict[str, list[str]] = {}
        for name, host in sorted(self.again):
            found.setdefault(name, []).append(host)
        return found


NO_PRIOR_RESULTS = PriorResults()
