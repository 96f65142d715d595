"""Finds which inputs of a plan changed, and which work did not since its last success."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.ansible.bundle import Bundle, read_bundle, read_manifest
from worldtree.app.tasks.cluster_work import current_successes
from worldtree.app.tasks.run_reasons import EarlierWork, ReasonCode, RecordedWork, RunReasons
from worldtree.app.tasks.withheld_values import WithheldValues
from worldtree.core.errors import InputError, RefusedError
from worldtree.engine.prior_results import NodeHost, PriorResult, PriorResults
from worldtree.engine.resume_plan import hosts_to_finalise
from worldtree.plan.node import FACTS_KIND
from worldtree.plan.plan import Plan
from worldtree.results.status import HostStatus

if TYPE_CHECKING:
    from worldtree.store.cluster_state import Success
    from worldtree.store.store import Store


def judged_work(
    plan: Plan, successes: Mapping[NodeHost, Success], withheld: WithheldValues
) -> tuple[PriorResults, dict[NodeHost, ReasonCode]]:
    """Return the pairs of node and host to skip: their digest is that of their last success.

    Also why others run although it is.

    Facts are gathered unless no other work is left, since that work reads them. Work with a
    finaliser runs as a whole, because the rest may rely on what the finaliser reverts. Work that
    set ``withheld`` values runs again where work that runs may read them.
    """
    found: dict[NodeHost, PriorResult] = {}
    facts: list[NodeHost] = []
    work = 0
    for node in plan.graph.nodes.values():
        for host in node.hosts:
            if node.kind == FACTS_KIND:
                facts.append((node.id, host))
                continue
            work += 1
            success = successes.get((node.id, host))
            digest = plan.pair_digests.get(node.id, {}).get(host)
            if success is not None and digest is not None and success.digest == digest:
                why = _unchanged_since(success.ended)
                found[node.id, host] = PriorResult(HostStatus.SKIPPED, why, success.task)
    reasons: dict[NodeHost, ReasonCode] = {}
    while again := {
        **dict.fromkeys(withheld.to_set_again(found), ReasonCode.VALUES_NOT_KEPT),
        **dict.fromkeys(_parts_of_rerun_finalisers(plan, found), ReasonCode.FINALISER),
        **dict.fromkeys(_stale_readers(plan, successes, found), ReasonCode.READS_OUTPUT),
    }:
        reasons |= again
        for pair in again:
            del found[pair]
    if len(found) == work:
        known = PriorResult(HostStatus.SKIPPED, "no other work needs facts")
        found.update(dict.fromkeys(facts, known))
    return PriorResults(found), reasons


def changed_inputs(old: Plan, new: Plan, file: Path) -> list[str]:
    """Return the inputs of ``old`` that differ in ``new``, the document by the name of ``file``."""
    return [
        str(file) if name == "document" else name
        for name, digest in old.digests.items()
        if new.digests.get(name, "") != digest
    ]


def changed_work(
    store: Store, plan: Plan, bundle: Bundle | Path, home: Path, withheld: WithheldValues
) -> tuple[PriorResults, RunReasons]:
    """Return what an apply of ``plan`` skips if it does only what changed, and why it runs others.

    ``home`` has the directories of tasks.
    """
    successes = store.successes(plan.cluster)
    current = current_successes(store, plan, successes)
    known, others = judged_work(plan, current, withheld)

    @cache
    def earlier(task: str) -> EarlierWork:
        try:
            files = read_manifest(home / "tasks" / task / "bundle").files
        except (InputError, RefusedError):
            files = {}  # The directory is on another machine; the plan is in the database.
        return EarlierWork(store.plan(store.task(task).plan), files)

    read = read_bundle(bundle) if isinstance(bundle, Path) else bundle
    files = {path: file.digest for path, file in read.files.items()}
    recorded = {
        pair: RecordedWork(success.digest, success.task, overtaken=pair not in current)
        for pair, success in successes.items()
    }
    return known, RunReasons(plan, files, recorded, earlier, others)


def withheld_values(store: Store, plan: Plan, bundle: Bundle | Path) -> WithheldValues:
    """Return which values that tasks of the cluster set are not known any more."""
    return WithheldValues(
        plan,
        lambda: store.last_memory(plan.cluster),
        lambda: read_bundle(bundle) if isinstance(bundle, Path) else bundle,
    )


def done_with_other_input(plan: Plan, successes: Mapping[NodeHost, Success]) -> set[NodeHost]:
    """Return the pairs whose last success had another input than the plan's."""
    return {
        pair
        for pair, success in successes.items()
        if (digest := plan.pair_digests.get(pair[0], {}).get(pair[1])) is not None
        and digest != success.digest
    }


def _stale_readers(
    plan: Plan, successes: Mapping[NodeHost, Success], found: Mapping[NodeHost, PriorResult]
) -> set[NodeHost]:
    """Return the pairs of ``found`` that read an output which may have changed.

    It may if the publisher runs again, or ran after the reader.
    """
    stale: set[NodeHost] = set()
    # In graph order, so that readers of readers are found.
    for node in plan.graph.nodes.values():
        for use in node.reads:
            source = plan.graph.nodes.get(use.node)
            pairs = [(use.node, host) for host in source.hosts] if source else []
            again = any(pair not in found or pair in stale for pair in pairs)
            last = max((successes[p].ended for p in pairs if p in successes), default=0.0)
            for pair in ((node.id, host) for host in node.hosts):
                if pair in found and (again or successes[pair].ended < last):
                    stale.add(pair)
    return stale


def _parts_of_rerun_finalisers(plan: Plan, found: Mapping[NodeHost, PriorResult]) -> set[NodeHost]:
    """Return the pairs of ``found`` whose finaliser, or other work before it, runs again."""
    graph, again = plan.graph, set()
    for finaliser in (node for node in graph.nodes.values() if node.always):
        parts = [finaliser, *(graph.nodes[name] for name in graph.finalised_by(finaliser.id))]
        running = {h for part in parts for h in part.hosts if (part.id, h) not in found}
        again |= {(part.id, host) for part in parts for host in hosts_to_finalise(part, running)}
    return again & found.keys()


def _unchanged_since(time: float) -> str:
    return f"unchanged since {datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M} UTC"
