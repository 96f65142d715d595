"""Work to do again because what it learnt of hosts was not written down, and other work reads it.

Values under `no_log`, and those with a secret, last as long as their task: a later one has them
only if the work that sets them runs again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import Any

from worldtree.ansible.bundle import Bundle
from worldtree.ansible.bundle.play_texts import PlayTexts
from worldtree.compile.variable_reads import VariableReads
from worldtree.core.errors import RefusedError
from worldtree.engine.executors.task_memory import names_with_values, withheld_names
from worldtree.engine.prior_results import NodeHost
from worldtree.plan.ids import without_pipeline
from worldtree.plan.plan import Plan

#: The name of a result that a task registers.
_REGISTERED = re.compile(r"""\bregister["']?\s*:\s*["']?(\w+)""")


class WithheldValues:
    """What work of earlier tasks set on hosts and no later task knows.

    ``memory`` returns the results of the last FACTS_SET events, and ``read`` the bundle, which
    tells what plays may read. Both may be large, and are called when they are first needed.
    """

    def __init__(
        self,
        plan: Plan,
        memory: Callable[[], Mapping[NodeHost, Mapping[str, Any]]],
        read: Callable[[], Bundle],
    ) -> None:
        self._plan, self._load, self._read = plan, memory, read
        self._reads: dict[str, VariableReads] = {}

    def to_set_again(self, reused: Collection[NodeHost]) -> set[NodeHost]:
        """Return the pairs of ``reused`` that set what a node after them, which runs, may read."""
        graph, again = self._plan.graph, set[NodeHost]()
        if not reused or not self._names:
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

    def refuse_left_out(self, reused: Collection[NodeHost]) -> None:
        """Raise ``RefusedError`` if a node that runs reads what a node set that the plan left out.

        Only names in its texts count, and not those that it, or a node before it, sets itself.
        """
        graph = self._plan.graph
        if not graph.left_out or not any(node in graph.left_out for node, _ in self._names):
            return
        #: Node -> itself and the nodes before it.
        lines: dict[str, frozenset[str]] = {}
        for node in graph.nodes.values():
            before = (lines[edge.before] for edge in graph.predecessors[node.id])
            line = lines[node.id] = frozenset((node.id,)).union(*before)
            hosts = {host for host in node.hosts if (node.id, host) not in reused}
            if hosts and (lost := self._read_but_left_out(line, node.id, hosts)):
                source, name = lost
                raise RefusedError(
                    f"{node.id} reads `{name}`, which {source} set under `no_log` or from a secret:"
                    " it was not written down, and the selection leaves that node out",
                    code="withheld-value-needed",
                    hint=f"select it, too: `--only {without_pipeline(source)}`",
                )

    def _read_but_left_out(
        self, line: frozenset[str], node: str, hosts: Collection[str]
    ) -> tuple[str, str] | None:
        """Return a node that was left out and the name of a value of it that ``node`` reads."""
        unknown: dict[tuple[str, str], str] = {}
        for source, after in self._plan.graph.left_out.items():
            if line.isdisjoint(after):
                continue
            for host, entry in self._memory_of.get(source, {}).items():
                for name in names_with_values(entry):
                    unknown.pop((name, host), None)
                unknown.update({(name, host): source for name in withheld_names(entry)})
        reads = self._of(node) if unknown else VariableReads()
        wanted = {
            name: source
            for (name, host), source in unknown.items()
            if name in reads.words and (host in hosts or reads.peers)
        }
        set_here = set(self._set_by(line)) if wanted else set()
        return next(((node, name) for name, node in wanted.items() if name not in set_here), None)

    def _set_by(self, nodes: Collection[str]) -> Iterator[str]:
        """Yield what ``nodes`` register, or set when they ran last."""
        for node in nodes:
            for entry in self._memory_of.get(node, {}).values():
                yield from chain(names_with_values(entry), withheld_names(entry))
            for text in self._texts.of(node):
                yield from _REGISTERED.findall(text)

    @cached_property
    def _memory(self) -> Mapping[NodeHost, Mapping[str, Any]]:
        return self._load()

    @cached_property
    def _names(self) -> dict[NodeHost, frozenset[str]]:
        """The names of withheld values, of pairs that have any."""
        found = {pair: withheld_names(entry) for pair, entry in self._memory.items()}
        return {pair: names for pair, names in found.items() if names}

    @cached_property
    def _memory_of(self) -> dict[str, dict[str, Mapping[str, Any]]]:
        """Node -> host -> what it set."""
        found: dict[str, dict[str, Mapping[str, Any]]] = {}
        for (node, host), entry in self._memory.items():
            found.setdefault(node, {})[host] = entry
        return found

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
