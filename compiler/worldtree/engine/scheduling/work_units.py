"""The queue of work: new nodes, retries, and the locks between them."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class WorkUnit:
    """A node, or the rest of a chain, to run on some hosts."""

    #: Position in the plan's order; the smallest starts first.
    position: int
    nodes: tuple[str, ...] = field(compare=False)
    hosts: tuple[str, ...] = field()
    #: A retry keeps its chain.
    is_retry: bool = field(default=False, compare=False)

    def after(self, name: str) -> tuple[str, ...]:
        """Return the nodes after ``name``."""
        return self.nodes[self.nodes.index(name) + 1 :]


class WorkQueue:
    """A priority queue of units with timers and locks."""

    def __init__(self) -> None:
        self._ready: list[WorkUnit] = []
        self._timed: list[tuple[float, WorkUnit]] = []
        self._blocked: dict[str, list[WorkUnit]] = {}
        self._held: set[str] = set()

    def push(self, unit: WorkUnit) -> None:
        """Make a unit ready."""
        heapq.heappush(self._ready, unit)

    def push_at(self, moment: float, unit: WorkUnit) -> None:
        """Make a unit ready at ``moment`` of the caller's clock."""
        heapq.heappush(self._timed, (moment, unit))

    def wake(self, now: float) -> None:
        """Make units ready that were due until ``now``."""
        while self._timed and self._timed[0][0] <= now:
            self.push(heapq.heappop(self._timed)[1])

    @property
    def next_moment(self) -> float | None:
        """When the next timed unit is due."""
        return self._timed[0][0] if self._timed else None

    def pop(self, mutex_of: dict[str, str]) -> WorkUnit | None:
        """Take the first ready unit whose mutex is free, and hold that mutex.

        ``mutex_of`` maps node ids to mutex names.
        """
        while self._ready:
            unit = heapq.heappop(self._ready)
            mutex = mutex_of.get(unit.nodes[0])
            if mutex is None:
                return unit
            if mutex not in self._held:
                self._held.add(mutex)
                return unit
            heapq.heappush(self._blocked.setdefault(mutex, []), unit)
        return None

    def release(self, mutex: str | None) -> None:
        """Free a mutex and make the first unit that waits for it ready."""
        if mutex is not None:
            self._held.discard(mutex)
            blocked = self._blocked.get(mutex)
            if blocked:
                self.push(heapq.heappop(blocked))

    def drain(self) -> list[WorkUnit]:
        """Remove and return all units, also those that wait for a timer or a lock."""
        units = [*self._ready, *(unit for _, unit in self._timed)]
        for blocked in self._blocked.values():
            units.extend(blocked)
        self._ready, self._timed, self._blocked = [], [], {}
        return sorted(units)
