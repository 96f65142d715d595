"""What need not be done again, since its input is what it was at its last success."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from worldtree.engine.known import Known, KnownResult, Pair
from worldtree.plan.plan import Plan
from worldtree.results.status import HostStatus

if TYPE_CHECKING:
    from worldtree.store.knowledge import Success

#: The node kind that gathers facts for a task's own use.
_FACTS = "facts"


def unchanged(plan: Plan, successes: Mapping[Pair, Success]) -> Known:
    """Compare every pair's digest with that of its last success.

    Facts are what the other nodes of this task read, so they are gathered unless nothing is left.
    """
    found: dict[Pair, KnownResult] = {}
    facts: list[Pair] = []
    work = 0
    for node in plan.graph.nodes.values():
        for host in node.hosts:
            if node.kind == _FACTS:
                facts.append((node.id, host))
                continue
            work += 1
            success = successes.get((node.id, host))
            digest = plan.pair_digests.get(node.id, {}).get(host)
            if success is not None and digest is not None and success.digest == digest:
                found[node.id, host] = KnownResult(HostStatus.SKIPPED, _since(success.ended))
    if len(found) == work:
        known = KnownResult(HostStatus.SKIPPED, "nothing needs facts")
        found.update(dict.fromkeys(facts, known))
    return Known(found)


def _since(time: float) -> str:
    return f"unchanged since {datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M} UTC"
