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
from worldtree.engine.shared_work import NodeWork, OtherSuccesses
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan
from worldtree.results.events import EventKind

DONE = [
    NodeWork("create/web/app/nginx", "h1", "nginx"),
    NodeWork("create/web/app/nginx", "h2", "nginx"),
    NodeWork("create/web/app/page", "h1"),
    NodeWork("create/website/app/page", "h1"),
    NodeWork("create/proxy/main/nginx", "h1", "nginx"),
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
