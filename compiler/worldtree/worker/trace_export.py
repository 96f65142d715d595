"""Sends the traces of tasks to a collector of OpenTelemetry (OTLP over HTTP).

It is off unless the environment names a collector. Nothing of it is loaded before: the libraries
belong to the extra `telemetry`. No provider is set for the process, so that no other library begins
to record by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from worldtree import __version__
from worldtree.core.trace_context import TraceContext
from worldtree.results.spans import ResultSpan

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

_LOG = logging.getLogger(__name__)
#: Variables of OpenTelemetry, which its exporter reads: either one switches the export on.
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_DISABLED = "OTEL_SDK_DISABLED"
_SERVICE_NAME = "OTEL_SERVICE_NAME"
#: Spans of one request, and the seconds that it may take.
_BATCH, _TIMEOUT = 512, 5


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment names a collector."""
    if environ.get(_DISABLED, "").strip().lower() == "true":
        return False
    return any(environ.get(name) for name in _ENDPOINTS)


def export(context: TraceContext, spans: Sequence[ResultSpan], environ: Mapping[str, str]) -> bool:
    """Send spans; return whether all arrived. What fails is logged, and never raised."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace.export import SpanExportResult
    except ImportError:
        _LOG.warning("traces are not sent: install them with `pip install 'worldtree[telemetry]'`")
        return False
    try:
        exporter = OTLPSpanExporter(timeout=_TIMEOUT)
        name = environ.get(_SERVICE_NAME) or "worldtree"
        resource = Resource({"service.name": name, "service.version": __version__})
        made = [_span(context, one, resource) for one in spans]
        try:
            for start in range(0, len(made), _BATCH):
                found = exporter.export(made[start : start + _BATCH])
                if found is not SpanExportResult.SUCCESS:
                    _LOG.warning("the trace %s was not taken by its collector", context.trace_id)
                    return False
        finally:
            # It keeps a connection to the collector open. The library has no type for this method.
            exporter.shutdown()  # type: ignore[no-untyped-call]
    # An exporter is no reason for a task to fail, whatever its address or its answer is.
    except Exception as error:  # A collector that fails in any way must not end the task.
        _LOG.warning("the trace %s was not sent: %s", context.trace_id, type(error).__name__)
        return False
    return True


def _span(context: TraceContext, one: ResultSpan, resource: Any) -> ReadableSpan:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    def place(span_id: str, *, is_remote: bool) -> SpanContext:
        flags = TraceFlags(TraceFlags.SAMPLED)
        return SpanContext(int(context.trace_id, 16), int(span_id, 16), is_remote, flags)

    is_remote = one.parent is not None and one.parent == context.parent_id
    return ReadableSpan(
        name=one.name,
        context=place(one.id, is_remote=False),
        parent=None if one.parent is None else place(one.parent, is_remote=is_remote),
        resource=resource,
        attributes=dict(one.attributes),
        kind=SpanKind.SERVER if is_remote else SpanKind.INTERNAL,
        status=Status(StatusCode.ERROR if one.is_failed else StatusCode.OK),
        start_time=round(one.started * 1e9),
        end_time=round(one.ended * 1e9),
        instrumentation_scope=InstrumentationScope("worldtree", __version__),
    )
