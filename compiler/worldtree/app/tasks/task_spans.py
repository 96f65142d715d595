"""The trace of a task, made from its stored events: also of what ran before a process died."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from worldtree.core.trace_context import TraceContext, task_trace
from worldtree.results.fold import fold
from worldtree.results.spans import ResultSpan, task_spans

if TYPE_CHECKING:
    from worldtree.store.store import Store

#: Spans of a task at most.
MAX_SPANS = 20_000


def stored_spans(store: Store, task: str) -> tuple[TraceContext, Sequence[ResultSpan]]:
    """Return the trace of a task, and its spans: none before it has started.

    Raises ``UnknownTaskError``.
    """
    record = store.task(task)
    context = task_trace(record.id, record.traceparent)
    result = fold(store.events(record.id, outputs=False))
    return context, task_spans(result, context.parent_id, MAX_SPANS)
