"""Pass ``link``: Fragment -> ExecutionGraph. No dangling edge, no cycle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from worldtree.compile.cycle_places import (
    WrittenNeed,
    needs_itself,
    needs_of_cycle,
    written_needs,
)
from worldtree.compile.edge_strength import edge_kind, stricter
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag
from worldtree.graph import CycleError, Dag, find_problems
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.fragment import Fragment
from worldtree.plan.ids import without_pipeline
from worldtree.plan.node import Edge

#: Cycles that are reported at once; a document with more was generated.
_MAX_CYCLES = 20


def link(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Make the graph, nodes in topological order (document order among equals).

    Reports a ``cycle`` for each cycle, as a path of ids; the graph is then empty.
    """
    needs = written_needs(state.cluster, state.document)
    return replace(state, graph=link_fragment(state.fragment, state.pipeline.name, bag, needs))


def link_fragment(
    fragment: Fragment, pipeline: str, bag: DiagnosticBag, needs: Sequence[WrittenNeed] = ()
) -> ExecutionGraph:
    """Return the graph of ``fragment``; cycles go to ``bag``, at a place of ``needs``."""
    edges = [(edge.before, edge.after, edge.kind) for edge in fragment.edges]
    try:
        dag = Dag(fragment.nodes, edges, merge=stricter)
    except CycleError:
        _report_cycles(fragment, edges, bag, needs)
        return ExecutionGraph(pipeline=pipeline)
    place = {name: index for index, name in enumerate(fragment.nodes)}
    order = dag.topological_order(key=place.__getitem__)
    return ExecutionGraph(
        pipeline=pipeline,
        nodes={name: fragment.nodes[name] for name in order},
        edges=tuple(Edge(before=a, after=b, kind=edge_kind(kind)) for a, b, kind in dag.edges),
    )


def _report_cycles(
    fragment: Fragment,
    edges: Sequence[tuple[str, str, str]],
    bag: DiagnosticBag,
    needs: Sequence[WrittenNeed],
) -> None:
    for path in _cycles(fragment.nodes, edges):
        if needs_itself(needs, path):
            continue
        cycle_path = [name for name, _ in groupby(map(_task_of, path))]
        if len(cycle_path) == 1:
            cycle_path = [without_pipeline(name) for name in path]
        reads = any(fragment.nodes[name].reads for name in path)
        on_it = needs_of_cycle(needs, path)
        bag.error(
            "cycle",
            "dependency cycle: " + " → ".join(cycle_path),
            detail="Each of them must finish before the next one starts, so none could start."
            + _other_lines([need.line for need in on_it]),
            hint="remove one of these `needs`, or one of the outputs that are read"
            if reads
            else "remove one of these `needs`",
            path=on_it[0].place if on_it else fragment.nodes[path[0]].source,
        )


def _other_lines(lines: Sequence[int]) -> str:
    """Return a sentence that names ``lines`` other than the first one."""
    others = sorted({*lines} - {*lines[:1]})
    if not others:
        return ""
    word = "line" if len(others) == 1 else "lines"
    return f" The other `needs` of the cycle: {word} {', '.join(map(str, others))}."


def _cycles(nodes: Iterable[str], edges: Sequence[tuple[str, str, str]]) -> list[tuple[str, ...]]:
    """Return the cycles, each as a closed path: the shortest first, then further ones.

    Cycles often hide each other, so the last edge of each is removed and the rest is searched
    again; the edges between two modules, or two tasks, are removed together.
    """
    known = tuple(nodes)
    found: list[tuple[str, ...]] = []
    while len(found) < _MAX_CYCLES:
        fresh: list[tuple[str, ...]] = []
        for problem in find_problems(known, edges, merge=stricter):
            if not isinstance(problem, CycleError):
                # Expansion makes edges between existing nodes only.
                raise problem
            fresh.append(tuple(problem.path))
        if not fresh:
            break
        found += fresh
        closing = {_ordered_parts(path[-2], path[-1]) for path in fresh}
        edges = [edge for edge in edges if _ordered_parts(edge[0], edge[1]) not in closing]
    return found[:_MAX_CYCLES]


def _ordered_parts(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the parts whose order the document asks for: modules, tasks or steps."""
    a, b = before.split("/"), after.split("/")
    same = next((n for n, (x, y) in enumerate(zip(a, b, strict=True)) if x != y), len(a) - 1)
    return tuple(a[: same + 1]), tuple(b[: same + 1])


def _task_of(node: str) -> str:
    """Return ``module/task``, the names that a document's ``needs`` are made of."""
    return "/".join(node.split("/")[1:3])
