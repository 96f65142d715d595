"""Steps that run whatever became of the work before them."""

from __future__ import annotations

import pytest

from unit.engine.plans import hosts_of, node_statuses, plan, simulate, with_finalisers
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Edge
from worldtree.plan.policy import Policy

TWO = ("h1", "h2")


@pytest.mark.parametrize("kind", ["host", "barrier"])
@pytest.mark.parametrize("on_failure", ["ignore", "fail-fast"])
@pytest.mark.parametrize("failing", ["a", "b", "c"])
def test_a_finaliser_runs_wherever_its_task_broke(kind: str, on_failure: str, failing: str) -> None:
    """Also where the step right before it never started."""
    edges = [("a", "b", kind), ("b", "c", kind), ("c", "end", kind)]
    default = Policy.model_validate({"on_failure": on_failure})
    made = plan(dict.fromkeys(["a", "b", "c", "end"], TWO), edges, default=default)
    wanted = with_finalisers(made, "end")
    script = {(failing, "h1"): "failed", (failing, "h2"): "failed"}
    result = simulate(wanted, script)
    assert node_statuses(result)["end"] == "succeeded"
    assert hosts_of(result, "end") == {"h1": "ok", "h2": "ok"}


def test_a_finaliser_has_nothing_to_do_where_nothing_of_its_task_was_begun() -> None:
    """Whatever was done before its task."""
    wanted = with_finalisers(plan(dict.fromkeys(["a", "b", "end"], TWO)), "end")
    names = {"a": "p/m/earlier/a", "b": "p/m/t/b", "end": "p/m/t/end"}
    nodes = {
        names[node.step]: node.model_copy(update={"id": names[node.step]})
        for node in wanted.graph.nodes.values()
    }
    edges = (
        Edge(before=names["a"], after=names["b"], kind="barrier"),
        Edge(before=names["b"], after=names["end"], kind="barrier"),
    )
    graph = ExecutionGraph(pipeline="p", nodes=nodes, edges=edges)
    executor = SimulatedExecutor({(names["a"], "h1"): "failed"})
    result = simulate(wanted.model_copy(update={"graph": graph}), executor=executor)
    assert {n.id: str(n.status) for n in result.nodes} == {
        names["a"]: "failed",
        names["b"]: "skipped",
        names["end"]: "skipped",
    }
