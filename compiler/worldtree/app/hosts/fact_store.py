"""Stores gathered facts, and reuses them in later tasks until `spec.facts.ttl` has passed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldtree.engine.prior_results import NodeHost, PriorResult, PriorResults
from worldtree.plan.node import FACTS_KIND, Node
from worldtree.plan.plan import Plan
from worldtree.results.status import HostStatus
from worldtree.runner.control.fact_files import delete_facts, read_facts, write_facts

if TYPE_CHECKING:
    from worldtree.store.store import Store

#: Key, stored with the facts, of the gathering's parameters: facts are reused only if they match.
GATHER_PARAMS_KEY = "worldtree_asked"


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
        since = f"{datetime.fromtimestamp(snapshot.gathered, UTC):%Y-%m-%d %H:%M} UTC"
        results[pair] = PriorResult(HostStatus.SKIPPED, f"reuses the facts of {since}")
    write_facts(directory, found)
    return replace(known, results={**results, **known.results})


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
