"""Work to do again because what it learnt of hosts was not written down, and other work reads it.

Values under `no_log`, and those with a secret, last as long as their task: a later one has them
only if the work that sets them runs again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any

from worldtree.ansible.bundle import Bundle
from worldtree.ansible.bundle.play_texts import PlayTexts
from worldtree.compile.variable_reads import VariableReads
from worldtree.engine.executors.task_memory import withheld_names
from worldtree.engine.prior_results import NodeHost
from worldtree.plan.plan import Plan


class WithheldValues:
    """What work of earlier tasks set on hosts and no later task knows.

    ``memory`` has the results of the last FACTS_SET events. ``read`` returns the bundle, which
    tells what plays may read; it is called when that is first asked.
    """

    def __init__(
        self,
        plan: Plan,
        memory: Mapping[NodeHost, Mapping[str, Any]],
        read: Callable[[], Bundle],
    ) -> None:
        self._plan, self._read = plan, read
        self._reads: dict[str, VariableReads] = {}
        self._names = {
            pair: names for pair, entry in memory.items() if (names := withheld_names(entry))
        }

    def to_set_again(self, reused: Collection[NodeHost]) -> set[NodeHost]:
        """Return the pairs of ``reused`` that set what a node after them, which runs, may read."""
        graph, again = self._plan.graph, set[NodeHost]()
        if not self._names:
            return again
        #: Node -> what the nodes after it that run may read.
        after: dict[str, list[VariableReads]] = {name: [] for name in graph.nodes}
        for node in reversed(graph.nodes.values()):
            reads = VariableReads.together(after[node.id])
            pairs = [(node.id, host) for host in node.hosts]
            again.update(
                pair
                for pair in pairs
                if pair in reused and self._may_read(reads, self._names.get(pair, frozenset()))
            )
            if any(pair not in reused or pair in again for pair in pairs):
                reads = VariableReads.together([reads, self._of(node.id)])
            for edge in graph.predecessors[node.id]:
                after[edge.before].append(reads)
        return again

    @cached_property
    def _texts(self) -> PlayTexts:
        return PlayTexts(self._read())

    def _of(self, node: str) -> VariableReads:
        if node not in self._reads:
            self._reads[node] = VariableReads.of_texts(self._texts.of(node))
        return self._reads[node]

    @staticmethod
    def _may_read(reads: VariableReads, names: frozenset[str]) -> bool:
        return bool(names) and (reads.any_name or not names.isdisjoint(reads.words))
