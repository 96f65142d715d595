"""How one task is to be run, beyond what its plan says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
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
    #: Nothing is changed, so that no node has to wait for another one's success: each is run on
    #: every host, whatever became of those before it, unless it lacks what they hand over.
    every_pair: bool = False
    #: Every node is a run of its own.
    alone: bool = False
    #: ``(node, hosts)``: asked before a node is begun, which may take a person's time; False when
    #: the task is to end there, whose cancellation was requested then.
    before: Callable[[str, Sequence[str]], bool] | None = None
    #: ``(node, host, why its run as a whole failed)``: whether to try again, at once, where the
    #: last try that the policy allows has failed.
    again: Callable[[str, str, str], bool] | None = None
    #: Nodes whose results say nothing of the plan's inputs, as they were skipped or edited by hand.
    unproven: AbstractSet[str] = frozenset()
