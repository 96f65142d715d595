"""What an apply of what changed leaves out."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from unit.engine.plans import plan, with_finalisers
from worldtree.app.tasks.change_detection import unchanged_work
from worldtree.engine.prior_results import NodeHost
from worldtree.plan.plan import Plan
from worldtree.store.cluster_state import Success

TWO = ["h1", "h2"]
CHAIN = plan(
    dict.fromkeys(["drain", "work", "back"], TWO),
    [("drain", "work", "host"), ("work", "back", "host")],
)


def left_out(wanted: Plan, changed: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return what need not be done of a plan that was done whole, before some of it changed."""
    pairs: list[NodeHost] = [(n.id, h) for n in wanted.graph.nodes.values() for h in n.hosts]
    digests: dict[str, dict[str, str]] = {}
    for name, host in pairs:
        new = "new" if (name.rpartition("/")[2], host) in changed else "old"
        digests.setdefault(name, {})[host] = new
    successes = {pair: Success("old", "t", 1.0) for pair in pairs}
    known = unchanged_work(wanted.model_copy(update={"pair_digests": digests}), successes)
    return {(name.rpartition("/")[2], host) for name, host in known.results}


def test_what_did_not_change_is_left_out_host_by_host() -> None:
    assert left_out(CHAIN, {("work", "h1")}) == {
        *((name, "h2") for name in ("drain", "work", "back")),
        ("drain", "h1"),
        ("back", "h1"),
    }


@pytest.mark.parametrize("changed", ["drain", "work", "back"])
def test_work_with_a_finaliser_is_done_as_a_whole(changed: str) -> None:
    """What the finaliser took back last time is there again, where any of it is done."""
    bracket = with_finalisers(CHAIN, "back")
    left = left_out(bracket, {(changed, "h1")})
    assert left == {(name, "h2") for name in ("drain", "work", "back")}


def test_a_finaliser_on_another_host_takes_back_all_of_its_work() -> None:
    """So all of it is done again."""
    made = plan({"work": TWO, "back": ["h3"]}, [("work", "back", "barrier")])
    assert left_out(with_finalisers(made, "back"), {("work", "h1")}) == set()


def test_nothing_is_done_where_nothing_changed() -> None:
    assert len(left_out(with_finalisers(CHAIN, "back"), ())) == 6
