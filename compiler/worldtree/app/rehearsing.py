"""How a plan would go: the real scheduler on a virtual clock, times as far as they are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from worldtree.app.carrying import runs_at_once
from worldtree.app.settings import Settings
from worldtree.plan.plan import Plan

if TYPE_CHECKING:
    from worldtree.engine.rehearsal import Rehearsal
    from worldtree.engine.virtual import Span as Span
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

    def rehearse(self, plan: Plan) -> Rehearsed:
        """Return how ``plan`` would go if every host came through."""
        from worldtree.engine.options import RunOptions
        from worldtree.engine.rehearsal import rehearse

        measured = self._measured(plan)

        def seconds(node: str, _hosts: tuple[str, ...]) -> float:
            if node in measured:
                return measured[node]
            return _BY_KIND.get(plan.graph.nodes[node].kind, _OTHERWISE)

        concurrency = runs_at_once(plan)
        found = rehearse(plan, seconds, RunOptions(concurrency=concurrency))
        basis: dict[str, Basis] = {
            name: "measured" if name in measured else "kind" for name in plan.graph.nodes
        }
        return Rehearsed(plan, found, basis, concurrency)

    def _measured(self, plan: Plan) -> Mapping[str, float]:
        if not self._settings.database_url and not self._settings.home.is_dir():
            # Nothing was ever run here, and a rehearsal is not what makes the state.
            return {}
        return self._store().durations(plan.cluster)
