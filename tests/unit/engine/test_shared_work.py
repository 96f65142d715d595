"""Which successes end when another pipeline works on the same thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from unit.engine.plans import plan
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.prior_results import PriorResults
from worldtree.engine.recorder import MemoryRecorder
from worldtree.engine.run_options import RunOptions
from worldtree.engine.run_plan import run_plan
from worldtree.engine.shared_work import LastBegun, NodeWork, OtherSuccesses, pairs_after
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan
from worldtree.results.events import EventKind

DONE = [
    NodeWork("create/web/app/nginx", "h1", ("nginx",)),
    NodeWork("create/web/app/nginx", "h2", ("nginx",)),
    NodeWork("create/web/app/page", "h1"),
    NodeWork("create/website/app/page", "h1"),
    NodeWork("create/proxy/main/nginx", "h1", ("nginx",)),
]


def pipeline(name: str, *nodes: Node) -> Plan:
    """Return a plan of these nodes."""
    graph = ExecutionGraph(pipeline=name, nodes={node.id: node for node in nodes}, edges=())
    empty = plan({})
    return empty.model_copy(update={"pipeline": name, "graph": graph, "layers": ()})


def node(name: str, *hosts: str, **fields: Any) -> Node:
    """Return a node that removes something."""
    return Node(id=name, kind="command", hosts=hosts, **fields)


def test_work_of_a_module_or_of_a_role_is_shared_by_pipelines() -> None:
    """On the same host, and by the whole name of the module."""
    wanted = pipeline("destroy", node("destroy/web/app/s", "h1", "h2", role="nginx"))
    found = OtherSuccesses(wanted, DONE)
    assert found.overtaken_by(["destroy/web/app/s"], ["h1"]) == {
        "create/proxy/main/nginx": ["h1"],
        "create/web/app/nginx": ["h1"],
        "create/web/app/page": ["h1"],
    }
    assert found.overtaken_by(["destroy/web/app/s"], ["h1"]) == {}
    assert found.overtaken_by(["destroy/web/app/s"], ["h2"]) == {"create/web/app/nginx": ["h2"]}


def test_work_of_the_same_pipeline_is_known_by_its_node_alone() -> None:
    wanted = pipeline("create", node("create/web/app/new", "h1", role="nginx"))
    assert OtherSuccesses(wanted, DONE).overtaken_by(["create/web/app/new"], ["h1"]) == {}


def test_work_that_changes_nothing_overtakes_nothing() -> None:
    look = node("verify/web/app/s", "h1", role="nginx", reversibility="read-only")
    wanted = pipeline("verify", look)
    assert OtherSuccesses(wanted, DONE).overtaken_by([look.id], ["h1"]) == {}


def attempts(options: RunOptions) -> list[dict[str, Any]]:
    """Return what ATTEMPT_STARTED says in a run that overtakes some work."""
    wanted = pipeline("destroy", node("destroy/web/app/s", "h1"))
    recorder = MemoryRecorder()
    run_plan(
        wanted,
        task_id="t",
        bundle=Path("/nowhere"),
        directory=Path("/nowhere"),
        executor=SimulatedExecutor(),
        recorder=recorder,
        options=options,
        known=PriorResults(others=OtherSuccesses(wanted, DONE)),
    )
    return [e.result for e in recorder.events if e.kind is EventKind.ATTEMPT_STARTED]


def test_the_start_of_a_run_says_what_it_overtakes() -> None:
    (started,) = attempts(RunOptions())
    assert started["overtaken"] == {"create/web/app/nginx": ["h1"], "create/web/app/page": ["h1"]}


def test_a_run_in_check_mode_overtakes_nothing() -> None:
    (started,) = attempts(RunOptions(check=True))
    assert "overtaken" not in started


def test_work_begins_last_by_its_own_node_or_by_another_pipeline() -> None:
    begun = LastBegun()
    page = NodeWork("create/web/app/page", "h1")
    assert begun.last(page) is None
    begun.add(NodeWork("create/web/app/nginx", "h1", ("nginx",)), 1.0, "t1", changes=True)
    begun.add(NodeWork("verify/web/verify/s", "h1"), 2.0, "t2", changes=False)
    begun.add(NodeWork("destroy/web/app/s", "h2"), 3.0, "t3", changes=True)
    assert begun.last(page) is None
    begun.add(page, 4.0, "t4", changes=True)
    begun.add(page, 3.5, "t3", changes=True)
    assert begun.last(page) == (4.0, "t4")
    begun.add(NodeWork("destroy/web/app/s", "h1"), 5.0, "t5", changes=True)
    assert begun.last(page) == (5.0, "t5")
    assert begun.last(NodeWork("destroy/web/app/s", "h1")) == (5.0, "t5")
    assert begun.last(NodeWork("create/proxy/main/s", "h1", ("nginx",))) is None
    begun.add(NodeWork("destroy/proxy/main/s", "h1", ("nginx",)), 6.0, "t6", changes=True)
    assert begun.last(NodeWork("create/web/app/nginx", "h1", ("nginx",))) == (6.0, "t6")


def test_work_is_overtaken_by_node_by_module_or_by_role() -> None:
    """By what began after it."""
    made = pipeline(
        "create",
        node("create/web/app/page", "h1"),
        node("create/web/app/next", "h1"),
        node("create/proxy/main/s", "h1", role="nginx"),
    )
    page, other = ("create/web/app/page", "h1"), ("create/proxy/main/s", "h1")
    done = {page: 2.0, other: 4.0}
    assert pairs_after(made, done, made, {("create/web/app/next", "h1"): 3.0, page: 3.0}) == [page]
    assert pairs_after(made, done, made, {page: 1.0, other: 3.0}) == []
    removal = pipeline(
        "destroy",
        node("destroy/web/app/s", "h1", "h2"),
        node("destroy/old/app/s", "h1", role="nginx"),
        node("destroy/web/app/look", "h1", reversibility="read-only"),
    )
    pairs = [(n.id, host) for n in removal.graph.nodes.values() for host in n.hosts]
    assert pairs_after(made, done, removal, dict.fromkeys(pairs, 1.0)) == []
    assert pairs_after(made, done, removal, dict.fromkeys(pairs, 3.0)) == [pairs[0]]
    assert pairs_after(made, done, removal, dict.fromkeys(pairs, 5.0)) == [pairs[0], pairs[2]]
