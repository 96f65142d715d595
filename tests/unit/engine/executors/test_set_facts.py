"""What nodes set on hosts reaches the runs after them, and no others."""

from __future__ import annotations

from typing import Any

from unit.engine.plans import node_id, plan, simulate
from worldtree.engine.executors.protocol import OnEnd, OnEvent, RunHandle, RunRequest
from worldtree.engine.executors.set_facts import SetFactsExecutor
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.results.events import Event, EventKind

TWO = ("h1", "h2")
ONE, AGAIN, AFTER, BESIDE = map(node_id, ("one", "again", "after", "beside"))
#: ``one``, then ``again``, then ``after``, with ``beside`` after ``one`` only.
PLAN = plan(
    {"one": TWO, "again": ("h1",), "after": TWO, "beside": TWO},
    [
        ("one", "again", "barrier"),
        ("again", "after", "barrier"),
        ("one", "beside", "barrier"),
    ],
)


class FactSettingExecutor(SimulatedExecutor):
    """Sets facts as a table says: node -> what its play sets on each of its hosts."""

    sets: dict[str, dict[str, Any]]

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        for node in request.nodes:
            for host in request.hosts if node in self.sets else ():
                result = {"hidden": [], "values": {}, **self.sets[node]}
                fields = {"node": node, "host": host, "attempt": request.attempt, "result": result}
                on_event(Event(kind=EventKind.FACTS_SET, time=1.0, **fields))
        return super().start(request, on_event, on_end)


def facts_received(
    sets: dict[str, dict[str, Any]], known: dict[tuple[str, str], dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Return what each node was handed."""
    inner = FactSettingExecutor()
    inner.sets = sets
    simulate(PLAN, executor=SetFactsExecutor(inner, PLAN, known or {}))
    return {name: request.facts for request in inner.requests for name in request.nodes}


def test_facts_reach_what_comes_after_on_whatever_host() -> None:
    found = facts_received({ONE: {"values": {"token": "t"}}})
    both = {"h1": {"token": "t"}, "h2": {"token": "t"}}
    assert found == {ONE: {}, AGAIN: both, AFTER: both, BESIDE: both}


def test_the_later_node_wins_and_is_not_seen_beside_it() -> None:
    found = facts_received({ONE: {"values": {"x": 1}}, AGAIN: {"values": {"x": 2, "y": 3}}})
    assert found[AFTER] == {"h1": {"x": 2, "y": 3}, "h2": {"x": 1}}
    assert found[BESIDE] == {"h1": {"x": 1}, "h2": {"x": 1}}


def test_what_must_not_be_told_hides_what_was_told_before() -> None:
    """Better no value than one that is not true any more."""
    found = facts_received({ONE: {"values": {"x": 1}}, AGAIN: {"hidden": ["x"]}})
    assert found[AFTER] == {"h2": {"x": 1}}


def test_facts_of_an_earlier_task_hold_until_their_node_runs_again() -> None:
    old = {(ONE, "h1"): {"values": {"x": "old"}, "hidden": []}}
    assert facts_received({}, old)[AFTER] == {}
    beside = {(node_id("gone"), "h1"): {"values": {"x": "old"}, "hidden": []}}
    assert facts_received({}, beside)[AFTER] == {}
