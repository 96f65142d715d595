"""A run that the scheduler has started."""

from __future__ import annotations

from dataclasses import dataclass, field

from worldtree.engine.executors.protocol import RunHandle
from worldtree.engine.scheduling.work_units import WorkUnit


@dataclass(slots=True)
class ActiveRun:
    """A run, and what is known of it."""

    unit: WorkUnit
    #: None until the executor has started it.
    handle: RunHandle | None = None
    #: Nodes whose start in this run is recorded.
    begun: set[str] = field(default_factory=set)
