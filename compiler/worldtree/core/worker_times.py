"""How long workers and the processes of their tasks may be silent; equal on all machines."""

from __future__ import annotations

import time
from dataclasses import dataclass

#: Seconds that a run needs at most to end once it has to.
_END_SECONDS = 10.0
#: By how much the clocks of two machines may run at different speeds.
_DRIFT = 0.1


@dataclass(frozen=True, slots=True)
class WorkerTimes:
    """Times in seconds; all follow from one.

    A process that has not reached the database for ``outage`` ends its runs. Nobody takes its
    cluster before ``takeover``, counted from its last heartbeat, so that both never work at once.
    """

    outage: float = 75.0

    @property
    def heartbeat(self) -> float:
        """Between two heartbeats."""
        return min(5.0, self.outage / 12)

    @property
    def silence(self) -> float:
        """Without a heartbeat until another worker fences one: that it is dead is assumed."""
        return min(20.0, self.outage / 3)

    @property
    def takeover(self) -> float:
        """Without a heartbeat until the work of a fenced worker counts as ended."""
        return self.outage * (1 + _DRIFT) + _END_SECONDS


def uptime() -> float:
    """Return the seconds since this machine started, those included in which it was suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
