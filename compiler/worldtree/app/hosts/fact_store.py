"""Stores gathered facts, and reuses them in later tasks until `spec.facts.ttl` has passed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldtree.core.text import and_more
from worldtree.engine.prior_results import NodeHost, PriorResult, PriorResults
from worldtree.plan.node import FACTS_KIND, Node
from worldtree.plan.plan import Plan
from worldtree.results.status import HostStatus
from worldtree.runner.control.fact_files import delete_facts, read_facts, write_facts

if TYPE_CHECKING:
    from worldtree.store.store import Store

#: Key, stored with the facts, of the gathering's parameters: facts are reused only if they match.
GATHER_PARAMS_KEY = "worldtree_asked"
#: Most hosts that a message names.
_MOST_NAMED = 5


def facts_node(plan: Plan) -> Node | None:
    """Return the node that gathers facts; None without one."""
    return next((node for node in plan.graph.nodes.values() if node.kind == FACTS_KIND), None)


def reuse_fresh_facts(
    plan: Plan, store: Store, directory: Path, known: PriorResults
) -> PriorResults:
    """Write stored facts that the task needs to ``directory``; return ``known`` plus their hosts.

    Facts are fresh for ``spec.facts.ttl``, if they were gathered with the same parameters. Prior
    results stay, unless their fact files are missing. Hosts outside of the selection are not
    contacted: their facts, which roles read in ``hostvars``, are those of an earlier task, of any
    age.
    """
    node = facts_node(plan)
    if node is None:
        return known
    known = _regather_missing_facts(plan, node, directory, known)
    here = {host.name for host in plan.hosts}
    selected = set(node.hosts)
    if not plan.facts_ttl and here <= selected:
        return known
    now = time.time()
    found: dict[str, Mapping[str, Any]] = {}
    results: dict[NodeHost, PriorResult] = {}
    for host, snapshot in store.facts(plan.cluster).items():
        if host not in selected:
            if host in here:
                found[host] = facts_only(snapshot.body)
            continue
        pair = (node.id, host)
        asked = snapshot.body.get(GATHER_PARAMS_KEY)
        age = now - snapshot.gathered
        if asked != dict(node.params) or age >= plan.facts_ttl:
            continue
        found[host] = facts_only(snapshot.body)
        since = _utc(snapshot.gathered)
        results[pair] = PriorResult(HostStatus.SKIPPED, f"reuses the facts of {since}")
    write_facts(directory, found)
    return replace(known, results={**results, **known.results})


def facts_outside(plan: Plan, store: Store) -> str:
    """Return what is known of the facts of hosts that the task does not contact; empty for none.

    It is a warning where some have no facts. A plan that only gathers facts reads none of others.
    """
    node = facts_node(plan)
    if node is None or len(plan.graph.nodes) == 1:
        return ""
    outside = [host.name for host in plan.hosts if host.name not in set(node.hosts)]
    if not outside:
        return ""
    gathered = {host: found.gathered for host, found in store.facts(plan.cluster).items()}
    lacking = [host for host in outside if host not in gathered]
    known = [host for host in outside if host in gathered]
    words = []
    if lacking:
        words.append(
            f"warning: no facts are kept of {and_more(lacking, _MOST_NAMED)}, outside of the"
            " selection: what reads them in `hostvars` fails or uses a default;"
            " gather them with `wt facts --refresh`"
        )
    if known:
        oldest = min(known, key=lambda host: gathered[host])
        words.append(
            f"facts of {and_more(known, _MOST_NAMED)}, outside of the selection, are of earlier"
            f" tasks, those of {oldest} of {_utc(gathered[oldest])}"
        )
    return "; ".join(words)


def _utc(when: float) -> str:
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M} UTC"


def _regather_missing_facts(
    plan: Plan, node: Node, directory: Path, known: PriorResults
) -> PriorResults:
    """Drop prior results whose fact files were lost in a crash, if any other work remains."""
    pairs = {(node.id, host): host for host in node.hosts if (node.id, host) in known.results}
    work = any(
        (name, host) not in known.results
        for name, other in plan.graph.nodes.items()
        if other is not node
        for host in other.hosts
    )
    if not pairs or not work:
        return known
    whole = read_facts(directory)
    lost = {pair: host for pair, host in pairs.items() if host not in whole}
    delete_facts(directory, lost.values())
    results = {pair: result for pair, result in known.results.items() if pair not in lost}
    return replace(known, results=results)


def save_gathered_facts(plan: Plan, store: Store, directory: Path, known: PriorResults) -> None:
    """Store the facts that this task gathered."""
    node = facts_node(plan)
    if node is None:
        return
    fresh = {
        host: {**facts, GATHER_PARAMS_KEY: dict(node.params)}
        for host, facts in read_facts(directory).items()
        if host in node.hosts and (node.id, host) not in known.results
    }
    if fresh:
        store.save_facts(plan.cluster, fresh, time.time())


def facts_only(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts without the gathering's parameters."""
    return {name: value for name, value in body.items() if name != GATHER_PARAMS_KEY}
