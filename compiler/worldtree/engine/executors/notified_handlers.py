"""Passes handlers that were notified and did not run to the next try of the node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from worldtree.engine.executors.protocol import Executor, OnEnd, OnEvent, RunHandle, RunRequest
from worldtree.engine.prior_results import NodeHost
from worldtree.results.events import Event, EventKind
from worldtree.results.play_end import read_play_ends

#: The events that say which handlers are still to run.
NOTIFIED_EVENTS = (EventKind.HANDLERS_NOTIFIED, EventKind.PLAY_ENDED)


class NotifiedHandlersExecutor:
    """Remembers per node and host which handlers did not run, and passes them to each run.

    ``before`` are the earlier events of the task. A host that came to the end of a play, or that
    `meta` ended, has no handlers to run any more.
    """

    def __init__(self, inner: Executor, before: Iterable[Event]) -> None:
        self._inner = inner
        #: Written by the runs' threads, a key at a time.
        self._left: dict[NodeHost, Sequence[str]] = {}
        for event in before:
            self._note(event)

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Start the run with what earlier runs of its nodes left."""

        def listen(event: Event) -> None:
            self._note(event)
            on_event(event)

        notified: dict[str, dict[str, Sequence[str]]] = {}
        for (node, host), names in list(self._left.items()):
            if names and node in request.nodes and host in request.hosts:
                notified.setdefault(node, {})[host] = names
        # A rollback undoes what the handlers were for.
        if request.form == "rollback":
            notified = {}
        return self._inner.start(replace(request, notified=notified), listen, on_end)

    def _note(self, event: Event) -> None:
        if event.node is None:
            return
        if event.kind is EventKind.HANDLERS_NOTIFIED and event.host:
            self._left[event.node, event.host] = event.result.get("handlers", ())
        elif event.kind is EventKind.PLAY_ENDED:
            for host, end in read_play_ends(event.result).items():
                if end.is_done:
                    self._left.pop((event.node, host), None)
