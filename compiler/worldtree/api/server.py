"""Runs the service: the API on a socket and a worker beside it, until a signal ends both."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.loopback import is_loopback_host
from worldtree.core.signals import ending_signals

if TYPE_CHECKING:
    from fastapi import FastAPI

#: Seconds that requests in progress get when the service ends.
_SHUTDOWN_TIMEOUT = 5
#: Connections at a time; others get 503. Streams of tasks are most of them.
_MAX_CONNECTIONS = 4000


@dataclass(frozen=True)
class Listener:
    """Where the service listens, and how."""

    host: str
    #: 0 for any free port.
    port: int
    #: PEM files of the certificate chain and its key; without them plain HTTP.
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    #: Whether plain HTTP on an address that others reach is wanted.
    allows_insecure_http: bool = False
    #: Addresses and networks of proxies whose ``X-Forwarded-For`` says who asks.
    trusted_proxies: Sequence[str] = ()

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "http" if self.tls_certificate is None else "https"

    def check(self) -> None:
        """Raise ``RefusedError`` for plain HTTP on an address that others reach."""
        is_safe = self.tls_certificate is not None or is_loopback_host(self.host)
        if not is_safe and not self.allows_insecure_http:
            raise RefusedError(
                f"plain HTTP on {self.host} would show tokens to the network",
                code="insecure-listener",
                hint="give `--tls-certificate` and `--tls-key`; or listen on 127.0.0.1 behind a "
                "proxy that speaks TLS; or add `--insecure-http` where the network is trusted",
            )

    def bind(self) -> socket.socket:
        """Return a bound socket. Raises ``WorldTreeError``."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        made = socket.socket(family)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((self.host, self.port))
        except (OSError, OverflowError) as problem:
            made.close()
            why = getattr(problem, "strerror", None) or problem
            raise WorldTreeError(
                f"cannot listen on {self.host} port {self.port}: {why}",
                code="listener-unavailable",
                hint="choose another `--port` or `--host`, or end the program that uses it",
            ) from problem
        return made


def serve(app: FastAPI, listener: Listener, *, on_ready: Callable[[str], None]) -> None:
    """Serve ``app`` until SIGINT or SIGTERM.

    ``on_ready`` gets the URL once requests are answered. Raises ``RefusedError`` and
    ``WorldTreeError`` where it cannot listen.
    """
    import uvicorn

    from worldtree.api.header_timeout import HeaderTimeoutProtocol
    from worldtree.api.streams.server import StreamingServer

    class Server(StreamingServer):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started and sockets:
                host, port = sockets[0].getsockname()[:2]
                shown = f"[{host}]" if ":" in host else host
                on_ready(f"{listener.scheme}://{shown}:{port}")

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            # uvicorn raises the signal again at its end, as if the service had not ended by it.
            before = {one: signal.signal(one, self.handle_exit) for one in ending_signals()}
            try:
                yield
            finally:
                for one, handler in before.items():
                    signal.signal(one, handler)

        async def shutdown(self, sockets: Sequence[socket.socket] | None = None) -> None:
            app.state.is_stopping = True
            await super().shutdown(sockets)

    listener.check()
    certificate, key = listener.tls_certificate, listener.tls_key
    try:
        config = uvicorn.Config(
            app,
            http=HeaderTimeoutProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            # What any other caller says of its address is not heeded.
            proxy_headers=bool(listener.trusted_proxies),
            forwarded_allow_ips=list(listener.trusted_proxies),
            timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT,
            limit_concurrency=_MAX_CONNECTIONS,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            # Readers of a stream share its text, which each would compress for itself.
            ws_per_message_deflate=False,
        )
        config.load()
    except OSError as problem:  # `ssl.SSLError` is one.
        raise WorldTreeError(
            f"the certificate {certificate} cannot be used: {problem.strerror or problem}",
            code="certificate-unusable",
            hint="give a PEM file with the certificate chain, and the key that belongs to it",
        ) from problem
    with closing(listener.bind()) as bound:
        Server(config, app.state.feed).run(sockets=[bound])
