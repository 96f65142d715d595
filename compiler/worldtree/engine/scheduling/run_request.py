"""Makes the request of one run from a unit of work."""

from __future__ import annotations

from pathlib import Path

from worldtree.engine.run_options import RunOptions
from worldtree.engine.scheduling.work_units import WorkUnit
from worldtree.plan.plan import Plan
from worldtree.results.run import RunRequest

#: Variable with the id of the task that a rollback undoes.
_UNDONE_TASK = "worldtree_undone_task"


def run_request(
    unit: WorkUnit, *, attempt: str, plan: Plan, options: RunOptions, bundle: Path, directory: Path
) -> RunRequest:
    """Return the request; ``directory`` is the attempt's own."""
    undoes = plan.undoes
    return RunRequest(
        attempt=attempt,
        nodes=unit.nodes,
        hosts=unit.hosts,
        bundle=bundle,
        directory=directory,
        form="plays" if undoes is None else "rollback",
        vars={} if undoes is None else {_UNDONE_TASK: undoes},
        # A chain of several nodes has no timeout: a timeout belongs to one node.
        timeout=plan.graph.nodes[unit.nodes[0]].policy.timeout,
        forks=options.forks,
        check=options.check,
        diff=options.diff,
        verbosity=options.verbosity,
        tags=plan.tags,
        skip_tags=plan.skip_tags,
    )
