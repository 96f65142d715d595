"""Passes the outputs of nodes to the runs of the nodes that read them."""

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
    """Return ``known`` without the work whose secret outputs other work still reads.

    Secret outputs are not stored, so they have to be produced again.
    """
    results = dict(known.results)
    needed: set[str] = set()
    # In reverse order: a node that publishes secrets may read some itself.
    for node in reversed(plan.graph.nodes.values()):
        pairs = [(node.id, host) for host in node.hosts]
        if node.id in needed:
            for pair in pairs:
                results.pop(pair, None)
        if any(pair not in results and pair not in known.left_out for pair in pairs):
            needed.update(use.node for use in node.reads if use.secret)
    return known if len(results) == len(known.results) else replace(known, results=results)


class OutputsExecutor:
    """Passes to each run the outputs that its nodes read, and keeps those that they publish.

    ``known`` are the outputs published before, by ``(node, host)``. A value of another type than
    declared is not kept, and the run reports it; the play's own last task fails because of it.
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
        """Start the run with the outputs published so far."""

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
        """Return the outputs that ``nodes`` read: node -> host -> name -> value."""
        read = [use for name in nodes for use in self._plan.graph.nodes[name].reads]
        return {
            use.node: {host: dict(values) for host, values in self._values[use.node].items()}
            for use in read
            if use.node in self._values
        }

    def _take_in(self, event: Event) -> str | None:
        """Keep a published value; return an error message when it is invalid."""
        name, value = event.result["name"], event.result["value"]
        node = self._plan.graph.nodes.get(event.node or "")
        promised = node.outputs.get(name) if node is not None else None
        if promised is not None and promised.secret:
            return f"the output `{name}` is secret: publish it with worldtree.core.publish"
        if promised is not None and not has_output_type(value, promised.type):
            found = type(value).__name__
            return (
                f"the output `{name}` is declared as {promised.type}, but on {event.host} it is "
                f"{found}; it is not passed to other nodes"
            )
        self._values.setdefault(event.node or "", {}).setdefault(event.host or "", {})[name] = value
        return None
