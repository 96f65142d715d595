"""A real OTLP collector over HTTP that keeps what it gets."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class OtlpSink:
    """Takes spans, or answers with ``status``."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[bytes] = []
        self.address = ""

    def spans(self) -> list[Any]:
        """Everything that arrived, in order."""
        found: list[Any] = []
        for body in self.bodies:
            request = ExportTraceServiceRequest()
            request.ParseFromString(body)
            for of_resource in request.resource_spans:
                for of_scope in of_resource.scope_spans:
                    found += of_scope.spans
        return found


@contextmanager
def otlp_sink() -> Iterator[OtlpSink]:
    """Run a collector until the end of the block."""
    sink = OtlpSink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if self.path == "/v1/traces":
                sink.bodies.append(body)
            self.send_response(sink.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    sink.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield sink
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
