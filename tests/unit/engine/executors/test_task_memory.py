"""What nodes set on hosts reaches the runs after them, and no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from unit.engine.plans import node_id, plan, simulate
from worldtree.engine.executors.protocol import OnEnd, OnEvent, RunHandle, RunRequest
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.executors.task_memory import TaskMemoryExecutor
from worldtree.plan.plan import Plan
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


class LearningExecutor(SimulatedExecutor):
    """Learns of hosts as a table says: node -> what its play learns of each of its hosts."""

    sets: dict[str, dict[str, Any]]

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        for node in request.nodes:
            for host in request.hosts if node in self.sets else ():
                result = {"hidden": [], "values": {}, **self.sets[node]}
                fields = {"node": node, "host": host, "attempt": request.attempt, "result": result}
                on_event(Event(kind=EventKind.FACTS_SET, time=1.0, **fields))
        return super().start(request, on_event, on_end)


def received(
    sets: dict[str, dict[str, Any]],
    known: dict[tuple[str, str], dict[str, Any]] | None = None,
    wanted: Plan = PLAN,
) -> dict[str, Any]:
    """Return what each node was handed."""
    inner = LearningExecutor()
    inner.sets = sets
    simulate(wanted, executor=TaskMemoryExecutor(inner, wanted, known or {}, task="t9"))
    return {name: request.memory for request in inner.requests for name in request.nodes}


def test_what_is_learnt_reaches_what_comes_after_on_whatever_host() -> None:
    learnt = {"values": {"token": "t"}, "vars": {"v": 1}, "facts": {"services": {}}}
    found = received({ONE: learnt})
    both = {"h1": learnt, "h2": learnt}
    assert found == {ONE: {}, AGAIN: both, AFTER: both, BESIDE: both}


def test_the_later_node_wins_and_is_not_seen_beside_it() -> None:
    one = {"values": {"x": 1}, "vars": {"x": 1}}
    found = received({ONE: one, AGAIN: {"values": {"x": 2, "y": 3}}})
    assert found[AFTER] == {"h1": {"values": {"x": 2, "y": 3}, "vars": {"x": 1}}, "h2": one}
    assert found[BESIDE] == {"h1": one, "h2": one}


def test_a_value_that_was_not_written_down_comes_as_a_reason() -> None:
    """Neither an earlier value, which is not true any more, nor none, which a default replaces."""
    one = {"values": {"x": 1}, "facts": {"f": 1}}
    again = {"hidden": ["x"], "hidden_in": {"facts": ["f"]}, "lost": {"vars": ["big"]}}
    on_h1 = received({ONE: one, AGAIN: again})[AFTER]["h1"]
    assert on_h1.keys() == {"no_values", "no_facts", "no_vars"}
    assert on_h1["no_values"]["x"]["why"].startswith(f"`x` was set by {AGAIN} under `no_log`")
    assert on_h1["no_values"]["x"]["why"].endswith(f"`wt retry t9 --node {AGAIN}` sets it again")
    assert on_h1["no_values"]["x"]["node"] == AGAIN
    assert "too large" in on_h1["no_vars"]["big"]["why"]
    assert received({ONE: {"hidden": ["x"]}, AGAIN: {"values": {"x": 2}}})[AFTER]["h1"] == {
        "values": {"x": 2}
    }


def test_what_nodes_added_to_the_inventory_adds_up() -> None:
    """In the order of the nodes, on whichever hosts they ran: the last value of a name counts."""
    entry, other = {"host": "new", "groups": [], "vars": {}}, {"member": "h1", "group": "g"}
    found = received({ONE: {"inventory": [entry]}, AGAIN: {"inventory": [other]}})
    assert found[AFTER] == {"h1": {"inventory": [entry, entry, other]}}


def test_cleared_facts_are_gone() -> None:
    one = {"values": {"x": 1}, "facts": {"f": 1}}
    again = {"cleared": True, "facts": {"g": 2}}
    found = received({ONE: one, AGAIN: again})[AFTER]
    assert found == {"h1": {"values": {"x": 1}, "facts": {"g": 2}}, "h2": one}


def test_what_an_earlier_task_learnt_holds_until_its_node_runs_again() -> None:
    old = {(ONE, "h1"): {"values": {"x": "old"}, "hidden": []}}
    assert received({}, old)[AFTER] == {}
    beside = {(node_id("gone"), "h1"): {"values": {"x": "old"}, "hidden": []}}
    assert received({}, beside)[AFTER] == {}


def test_what_a_selection_left_out_was_learnt_by_an_earlier_task() -> None:
    """Where it comes before a node of the run; what this task learns itself is newer."""
    gone, other = node_id("gone"), node_id("other")
    left_out = {gone: (AGAIN,), other: (BESIDE,)}
    graph = PLAN.graph.model_copy(update={"left_out": left_out})
    selected = PLAN.model_copy(update={"graph": graph})
    known = {
        (gone, "h1"): {"values": {"x": "old", "y": "old"}},
        (other, "h1"): {"values": {"z": "old"}},
    }
    found = received({AGAIN: {"values": {"x": "new"}}}, known, selected)
    assert found[AFTER]["h1"] == {"values": {"x": "new", "y": "old"}}
    assert found[AGAIN]["h1"] == {"values": {"x": "old", "y": "old"}}
    assert found[BESIDE] == {"h1": {"values": {"z": "old"}}}
    assert found[ONE] == {}


def test_of_its_own_nodes_a_run_knows_what_they_learnt_where_they_are_done() -> None:
    """In this task: what an earlier one learnt there is not known before the node runs again."""
    known = {(ONE, "h2"): {"values": {"x": 2}}, (AGAIN, "h2"): {"values": {"y": 2}}}
    for done, wanted in (((ONE, "h2"),), {"h2": {"values": {"x": 2}}}), ((), {}):
        inner = LearningExecutor()
        inner.sets = {}
        memory = TaskMemoryExecutor(inner, PLAN, known, done)
        request = RunRequest("0" * 8, (ONE, AGAIN), ("h1",), Path(), Path())
        memory.start(request, lambda _: None, lambda _: None)
        assert inner.requests[0].memory == wanted


def test_large_values_reach_only_plays_that_may_read_them() -> None:
    """By their name, or by a template in another value; a play that reads one fails."""
    big = "x" * 50
    one: dict[str, Any] = {
        "values": {"named": big, "of_template": big, "unread": big, "small": 1},
        "facts": {"unread": big},
        "vars": {"lazy": "{{ of_template }}"},
    }

    def handed(names: frozenset[str] | None) -> dict[str, Any]:
        inner = LearningExecutor()
        inner.sets = {ONE: one}
        memory = TaskMemoryExecutor(inner, PLAN, {}, reads=lambda _: names, large=40)
        simulate(PLAN, executor=memory)
        (found,) = (one.memory for one in inner.requests if one.nodes == (BESIDE,))
        return found["h1"]

    assert handed(None) == one
    found = handed(frozenset({"named"}))
    assert found["values"] == {"named": big, "of_template": big, "small": 1}
    assert found["vars"] == one["vars"]
    assert found["no_values"].keys() == found["no_facts"].keys() == {"unread"}
    assert found["no_facts"]["unread"]["why"].startswith("`unread` was not passed on: it is large")


def test_what_a_node_learns_of_a_host_beside_its_run_adds_to_what_it_learnt_there() -> None:
    """As where a node is tried again on one host, and sets a fact of another one there."""
    known: dict[tuple[str, str], dict[str, Any]] = {
        (ONE, "h2"): {
            "values": {"x": 1, "y": 1},
            "hidden": ["z", "w"],
            "vars": {"v": 1},
            "inventory": [{"host": "a"}],
            "lost": {"facts": ["f"], "vars": ["big"]},
        }
    }
    more = {"beside": True, "values": {"y": 2, "z": 2}, "hidden": ["x"], "facts": {"f": 2}}

    class Beside(SimulatedExecutor):
        def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
            fields = {"node": ONE, "host": "h2", "attempt": request.attempt, "result": more}
            on_event(Event(kind=EventKind.FACTS_SET, time=1.0, **fields))
            return super().start(request, on_event, on_end)

    inner, events = Beside(), list[Event]()
    memory = TaskMemoryExecutor(inner, PLAN, known)
    for node in (ONE, AGAIN):
        request = RunRequest("0" * 8, (node,), ("h1",), Path(), Path())
        memory.start(request, events.append, lambda _: None)
    learnt = next(event.result for event in events if event.kind is EventKind.FACTS_SET)
    assert learnt == {
        "values": {"y": 2, "z": 2},
        "hidden": ["w", "x"],
        "vars": {"v": 1},
        "facts": {"f": 2},
        "inventory": [{"host": "a"}],
        "lost": {"vars": ["big"]},
    }
    handed = inner.requests[1].memory["h2"]
    assert handed["values"] == learnt["values"]
    assert handed["no_values"].keys() == {"w", "x"}
