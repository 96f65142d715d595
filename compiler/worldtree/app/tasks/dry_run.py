"""Simulates a plan: the real scheduler on a virtual clock, with measured or estimated times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from worldtree.ansible.bundle import Bundle
from worldtree.app.tasks.change_detection import changed_work, withheld_values
from worldtree.app.tasks.run_reasons import NO_REASONS, Reasons, nothing_done
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
    "artifact": 8.0,
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
    #: Why each node runs on each host; empty unless only what changed runs.
    reasons: Reasons = field(default_factory=lambda: NO_REASONS)


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
        known, why = NO_PRIOR_RESULTS, nothing_done(plan) if only_changed else None
        if only_changed and self._has_state:
            store = self._store()
            withheld = withheld_values(store, plan, bundle)
            known, why = changed_work(store, plan, bundle, self._settings.home, withheld)
        found = dry_run_plan(plan, seconds, RunOptions(concurrency=concurrency), known=known)
        basis: dict[str, EstimateBasis] = {
            name: "measured" if name in measured else "kind" for name in plan.graph.nodes
        }
        pairs = [(span.node, host) for span in found.spans for host in span.hosts]
        reasons = why.of(pairs) if why is not None else NO_REASONS
        return DryRunReport(plan, found, basis, concurrency, reasons)

    @property
    def _has_state(self) -> bool:
        # A dry run does not create the state.
        return bool(self._settings.database_url) or self._settings.home.is_dir()

    def _measured(self, plan: Plan) -> Mapping[str, float]:
        return self._store().durations(plan.cluster) if self._has_state else {}
