"""Carries what nodes publish to the runs of those that read it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from worldtree.engine.executors.protocol import Executor, OnEnd, OnEvent, RunHandle, RunRequest
from worldtree.engine.prior_results import NodeHost, PriorResults
from worldtree.plan.outputs import has_output_type
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind


def without_lost_secrets(plan: Plan, known: PriorResults) -> PriorResults:
    """Return ``known`` without the work whose secret outputs are read by work that is to be done.

    Secret outputs are kept nowhere, so that they have to be made again.
    """
    results = dict(known.results)
    needed: set[str] = set()
    # Against the order of the graph: what makes them may read secrets itself.
    for node in reversed(plan.graph.nodes.values()):
        pairs = [(node.id, host) for host in node.hosts]
        if node.id in needed:
            for pair in pairs:
                results.pop(pair, None)
        if any(pair not in results and pair not in known.left_out for pair in pairs):
            needed.update(use.node for use in node.reads if use.secret)
    return known if len(results) == len(known.results) else replace(known, results=results)


class OutputsExecutor:
    """Hands each run the outputs that its nodes read, and takes in those that they publish.

    ``known`` is what was published before, by ``(node, host)``. A value that is not of the type
    that was promised is not taken in, and the run says so; the play's own last task fails by it.
    """

    def __init__(
        self, inner: Executor, plan: Plan, known: Mapping[NodeHost, Mapping[str, Any]]
    ) -> None:
        self._inner, self._plan = inner, plan
        #: Node -> host -> name -> value. Written by the runs' threads, a key at a time.
        self._values: dict[str, dict[str, dict[str, Any]]] = {}
        for (node, host), values in known.items():
            self._values.setdefault(node, {})[host] = dict(values)

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Start the run with what was published until now."""

        def listen(event: Event) -> None:
            wrong = self._take_in(event) if event.kind is EventKind.OUTPUT_PUBLISHED else None
            if wrong is None:
                on_event(event)
            else:
                on_event(
                    Event(
                        kind=EventKind.RUN_MESSAGE,
                        time=time.time(),
                        attempt=event.attempt,
                        node=event.node,
                        status="error",
                        message=wrong,
                    )
                )

        return self._inner.start(replace(request, outputs=self._for(request.nodes)), listen, on_end)

    def _for(self, nodes: tuple[str, ...]) -> dict[str, Any]:
        """Return what ``nodes`` read: node -> host -> name -> value."""
        read = [use for name in nodes for use in self._plan.graph.nodes[name].reads]
        return {
            use.node: {host: dict(values) for host, values in self._values[use.node].items()}
            for use in read
            if use.node in self._values
        }

    def _take_in(self, event: Event) -> str | None:
        """Keep a published value; return what is wrong with it, if anything."""
        name, value = event.result["name"], event.result["value"]
        node = self._plan.graph.nodes.get(event.node or "")
        promised = node.outputs.get(name) if node is not None else None
        if promised is not None and promised.secret:
            return f"the output `{name}` is secret, so it is published with worldtree.core.publish"
        if promised is not None and not has_output_type(value, promised.type):
            found = type(value).__name__
            return (
                f"the output `{name}` is to be of type {promised.type}, but on {event.host} it "
                f"is of type {found}; it is not passed on"
            )
        self._values.setdefault(event.node or "", {}).setdefault(event.host or "", {})[name] = value
        return None
