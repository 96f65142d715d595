"""Passes facts that nodes set with ``set_fact`` to the runs of the nodes after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from worldtree.engine.executors.protocol import Executor, OnEnd, OnEvent, RunHandle, RunRequest
from worldtree.engine.prior_results import NodeHost
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind


class SetFactsExecutor:
    """Passes to each run the facts set by the nodes before its own, on all their hosts.

    A run never gets facts of unordered nodes, which may or may not have run: the graph alone
    decides what a node gets. ``known`` are the results of earlier FACTS_SET events.
    """

    def __init__(
        self, inner: Executor, plan: Plan, known: Mapping[NodeHost, Mapping[str, Any]]
    ) -> None:
        self._inner, self._graph = inner, plan.graph
        #: Node -> host -> what it set. Written by the runs' threads, a key at a time.
        self._set: dict[str, dict[str, Mapping[str, Any]]] = {}
        for (node, host), found in known.items():
            self._set.setdefault(node, {})[host] = found

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Start the run with the facts set before it; its own nodes' earlier facts are dropped."""

        def listen(event: Event) -> None:
            if event.kind is EventKind.FACTS_SET and event.node and event.host:
                self._set.setdefault(event.node, {})[event.host] = event.result
            on_event(event)

        for node in request.nodes:
            for host in request.hosts:
                self._set.get(node, {}).pop(host, None)
        # A rollback runs in reverse: the nodes before it here ran after it.
        facts = {} if request.form == "rollback" else self._before(request.nodes)
        return self._inner.start(replace(request, facts=facts), listen, on_end)

    def _before(self, nodes: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        """Return host -> name -> value as the plays before ``nodes`` left them."""
        if not any(self._set.values()):
            return {}
        found: dict[str, dict[str, Any]] = {}
        before = self._ancestors(nodes)
        for node in self._graph.nodes:
            if node not in before or node in nodes:
                continue
            for host, entry in list(self._set.get(node, {}).items()):
                facts = found.setdefault(host, {})
                facts.update(entry["values"])
                for name in entry["hidden"]:
                    facts.pop(name, None)
        return {host: facts for host, facts in found.items() if facts}

    def _ancestors(self, nodes: tuple[str, ...]) -> set[str]:
        found: set[str] = set()
        todo = list(nodes)
        while todo:
            for edge in self._graph.predecessors[todo.pop()]:
                if edge.before not in found:
                    found.add(edge.before)
                    todo.append(edge.before)
        return found
