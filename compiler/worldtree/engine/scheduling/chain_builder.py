"""Builds the chain of nodes of one run, when the run is about to start."""

from __future__ import annotations

from worldtree.engine.prior_results import PriorResults
from worldtree.engine.scheduling.chains import fusible_successors
from worldtree.engine.scheduling.task_progress import TaskProgress
from worldtree.engine.scheduling.work_units import WorkUnit
from worldtree.plan.execution_graph import ExecutionGraph


class ChainBuilder:
    """Extends a unit by the nodes that may follow in the same run."""

    def __init__(self, graph: ExecutionGraph, task: TaskProgress, known: PriorResults) -> None:
        self._graph, self._task, self._known = graph, task, known
        self._next = fusible_successors(graph)

    def extended(self, unit: WorkUnit) -> WorkUnit:
        """Return ``unit`` with all nodes that may follow, and begin those."""
        task, progress = self._task, self._task.progress
        chain = dict.fromkeys(unit.nodes)
        last = unit.nodes[-1]
        hosts = set(unit.hosts)
        while (after := self._next.get(last)) is not None:
            before = {edge.before for edge in self._graph.predecessors[after]}
            if any(n not in chain and progress.nodes[n].final is None for n in before):
                break
            verdict = progress.judge(after, within=chain)
            if verdict.caused_by is not None:
                break  # Because of a node before the chain: it is skipped, not run.
            previous, found = progress.nodes[last], progress.nodes[after]
            lost = {**previous.dropped, **verdict.dropped}
            if any((after, host) in self._known.left_out for host in found.node.hosts):
                break
            wanted = [host for host in found.node.hosts if host not in lost]
            if {host for host in wanted if not task.is_done_before(after, host)} != hosts:
                break
            for host in found.node.hosts:
                if host in lost:
                    task.drop([after], host, lost[host])
            task.begin_node(after, wanted)
            chain[after] = None
            last = after
        return WorkUnit(unit.position, tuple(chain), unit.hosts)
