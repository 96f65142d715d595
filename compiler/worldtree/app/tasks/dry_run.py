"""Simulates a plan: the real scheduler on a virtual clock, with measured or estimated times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from worldtree.ansible.bundle import Bundle
from worldtree.app.tasks.change_detection import withheld_values, work_to_skip
from worldtree.app.tasks.task_runner import max_parallel_runs
from worldtree.core.settings import Settings
from worldtree.engine.prior_results import NO_PRIOR_RESULTS
from worldtree.plan.plan import Plan

if TYPE_CHECKING:
    from worldtree.engine.dry_run import DryRun
    from worldtree.engine.executors.virtual import NodeSpan as Span
    from worldtree.store.store import Store

__all__ = ["DryRunReport", "DryRunService", "EstimateBasis", "Span"]

#: Source of an estimate: the node's last run, or the default for its kind.
EstimateBasis = Literal["measured", "kind"]

#: Estimated seconds of a node without a previous run, by kind; not measured.
_SECONDS_BY_KIND = {
    "role": 15.0,
    "package": 15.0,
    "unarchive": 8.0,
    "facts": 3.0,
    "script": 3.0,
    "wait": 3.0,
}
_DEFAULT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class DryRunReport:
    """A simulated schedule and the source of its times."""

    plan: Plan
    schedule: DryRun
    #: By node id.
    basis: Mapping[str, EstimateBasis]
    #: Maximum of parallel Ansible runs.
    concurrency: int


class DryRunService:
    """Simulates plans; writes neither state nor directories."""

    def __init__(self, settings: Settings, store: Callable[[], Store]) -> None:
        self._settings, self._store = settings, store

    def run(self, plan: Plan, bundle: Bundle | Path, *, only_changed: bool = False) -> DryRunReport:
        """Return the schedule of ``plan``, with its bundle, if every node succeeds.

        With ``only_changed``, without work whose input is unchanged since its last success.
        """
        from worldtree.engine.dry_run import dry_run_plan
        from worldtree.engine.run_options import RunOptions

        measured = self._measured(plan)

        def seconds(node: str, _hosts: tuple[str, ...]) -> float:
            if node in measured:
                return measured[node]
            return _SECONDS_BY_KIND.get(plan.graph.nodes[node].kind, _DEFAULT_SECONDS)

        concurrency = max_parallel_runs(plan)
        known = NO_PRIOR_RESULTS
        if only_changed and self._has_state:
            store = self._store()
            known = work_to_skip(store, plan, withheld_values(store, plan, bundle))
        found = dry_run_plan(plan, seconds, RunOptions(concurrency=concurrency), known=known)
        basis: dict[str, EstimateBasis] = {
            name: "measured" if name in measured else "kind" for name in plan.graph.nodes
        }
        return DryRunReport(plan, found, basis, concurrency)

    @property
    def _has_state(self) -> bool:
        # A dry run does not create the state.
        return bool(self._settings.database_url) or self._settings.home.is_dir()

    def _measured(self, plan: Plan) -> Mapping[str, float]:
        return self._store().durations(plan.cluster) if self._has_state else {}
