"""Pass ``link``: Fragment -> ExecutionGraph. Nothing dangles, nothing goes round in a circle."""

from __future__ import annotations

from itertools import groupby

from worldtree.compile.strength import as_kind, stricter
from worldtree.errors import DiagnosticBag
from worldtree.graph import CycleError, Dag, find_problems
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.fragment import Fragment
from worldtree.plan.node import Edge


def link(fragment: Fragment, pipeline: str, bag: DiagnosticBag) -> ExecutionGraph:
    """Return the graph, nodes in topological order (document order among equals).

    Reports ``cycle`` with the circle as a path of ids; the graph is then empty.
    """
    edges = [(edge.before, edge.after, edge.kind) for edge in fragment.edges]
    problems = find_problems(fragment.nodes, edges, merge=stricter)
    for problem in problems:
        if isinstance(problem, CycleError):
            first = fragment.nodes[problem.path[0]]
            circle = [name for name, _ in groupby(map(_task_of, problem.path))]
            bag.error(
                "cycle",
                "these wait for each other: " + " → ".join(circle),
                detail="Each of them needs the next one to be done first, so none could start.",
                hint="remove one of the `needs` on the way",
                path=first.source,
            )
        else:
            # Expansion only makes edges between parts that it has found.
            raise problem
    if problems:
        return ExecutionGraph(pipeline=pipeline)
    dag = Dag(fragment.nodes, edges, merge=stricter)
    place = {name: index for index, name in enumerate(fragment.nodes)}
    order = dag.topological_order(key=place.__getitem__)
    return ExecutionGraph(
        pipeline=pipeline,
        nodes={name: fragment.nodes[name] for name in order},
        edges=tuple(Edge(before=a, after=b, kind=as_kind(kind)) for a, b, kind in dag.edges),
    )


def _task_of(node: str) -> str:
    """Return ``module/task``, the names that a document's ``needs`` are made of."""
    return "/".join(node.split("/")[1:3])
