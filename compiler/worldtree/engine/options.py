"""How one task is to be run, beyond what its plan says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The operator's choices for one task; None leaves it to the plan or the bundle."""

    #: Runs at once.
    concurrency: int | None = None
    #: Hosts worked on at once within a run.
    forks: int | None = None
    check: bool = False
    diff: bool = False
    #: Number of ``-v``.
    verbosity: int = 0
    tags: tuple[str, ...] = ()
