"""Options of one task beyond its plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The operator's choices for one task; None leaves a choice to the plan or the bundle."""

    #: Runs at once.
    concurrency: int | None = None
    #: Hosts at once within a run.
    forks: int | None = None
    check: bool = False
    diff: bool = False
    #: Number of ``-v``.
    verbosity: int = 0
    #: For tasks that change nothing: a node runs on every host, whatever the result of the nodes
    #: before it, unless it lacks facts or outputs of theirs.
    every_pair: bool = False
    #: Every node gets a run of its own.
    alone: bool = False
    #: ``(node, hosts)``: called before a node starts, and may wait for a person. False ends the
    #: task, whose cancellation is requested then.
    before: Callable[[str, Sequence[str]], bool] | None = None
    #: ``(node, host, reason why its run as a whole failed)``: whether to retry at once after the
    #: last attempt that the policy allows.
    again: Callable[[str, str, str], bool] | None = None
    #: Nodes that were skipped or edited in the debugger: their results prove nothing about the
    #: plan's inputs.
    unproven: AbstractSet[str] = frozenset()
