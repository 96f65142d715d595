"""The W3C header `traceparent`: which trace a request belongs to."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import NamedTuple

#: Version, trace, parent, flags.
_TRACE_PARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}"
)


class TraceContext(NamedTuple):
    """A trace, and the span that asked; both in lower-case hexadecimal."""

    trace_id: str
    #: None where the trace begins here.
    parent_id: str | None


def read_traceparent(text: str) -> TraceContext | None:
    """Return the context of a header's value; None where it cannot be used."""
    found = _TRACE_PARENT.fullmatch(text)
    return None if found is None else TraceContext(found[1], found[2])


def task_trace(task: str, traceparent: str | None) -> TraceContext:
    """Return the context of a task: that of its request, or a trace of its own.

    It is the same each time, so that a trace that is exported twice is one trace.
    """
    asked = read_traceparent(traceparent or "")
    return asked or TraceContext(sha256(task.encode()).hexdigest()[:32], None)
