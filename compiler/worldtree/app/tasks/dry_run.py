"""How a plan would go: the real scheduler on a virtual clock, times as far as they are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from worldtree.app.tasks.change_detection import unchanged
from worldtree.app.tasks.task_runner import runs_at_once
from worldtree.core.settings import Settings
from worldtree.engine.prior_results import NOTHING
from worldtree.plan.plan import Plan

if TYPE_CHECKING:
    from worldtree.engine.dry_run import Rehearsal
    from worldtree.engine.virtual_executor import Span as Span
    from worldtree.store.store import Store

__all__ = ["Basis", "Rehearsed", "Rehearsing", "Span"]

#: Where an estimate comes from: the last run of the node, or what its kind usually takes.
Basis = Literal["measured", "kind"]

#: Seconds that a node of a kind takes where it was never run; a judgement, not a measurement.
_BY_KIND = {
    "role": 15.0,
    "package": 15.0,
    "unarchive": 8.0,
    "facts": 3.0,
    "script": 3.0,
    "wait": 3.0,
}
_OTHERWISE = 2.0


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal, and what its times stand on."""

    plan: Plan
    rehearsal: Rehearsal
    #: By node id.
    basis: Mapping[str, Basis]
    #: Runs of Ansible side by side.
    concurrency: int


class Rehearsing:
    """Rehearses plans; writes nothing, neither state nor directories."""

    def __init__(self, settings: Settings, store: Callable[[], Store]) -> None:
        self._settings, self._store = settings, store

    def rehearse(self, plan: Plan, *, only_changed: bool = False) -> Rehearsed:
        """Return how ``plan`` would go if every host came through.

        With ``only_changed``, without what was done before with the same input.
        """
        from worldtree.engine.dry_run import rehearse
        from worldtree.engine.run_options import RunOptions

        measured = self._measured(plan)

        def seconds(node: str, _hosts: tuple[str, ...]) -> float:
            if node in measured:
                return measured[node]
            return _BY_KIND.get(plan.graph.nodes[node].kind, _OTHERWISE)

        concurrency = runs_at_once(plan)
        known = NOTHING
        if only_changed and self._has_state:
            known = unchanged(plan, self._store().successes(plan.cluster))
        found = rehearse(plan, seconds, RunOptions(concurrency=concurrency), known=known)
        basis: dict[str, Basis] = {
            name: "measured" if name in measured else "kind" for name in plan.graph.nodes
        }
        return Rehearsed(plan, found, basis, concurrency)

    @property
    def _has_state(self) -> bool:
        # Where nothing was ever run, a rehearsal is not what makes the state.
        return bool(self._settings.database_url) or self._settings.home.is_dir()

    def _measured(self, plan: Plan) -> Mapping[str, float]:
        return self._store().durations(plan.cluster) if self._has_state else {}
