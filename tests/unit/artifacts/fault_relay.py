"""Relays TCP to a real server of this machine, with the faults of networks on the way back."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Relay:
    """Where it listens, and the faults: each connection takes the first one that is left."""

    port: int = 0
    #: Bytes of the answers after which the connection ends.
    cuts: list[int] = field(default_factory=list)
    #: Byte of the answers that is another one.
    garbled: list[int] = field(default_factory=list)
    #: Bytes of the answers after which nothing more comes.
    stalls: list[int] = field(default_factory=list)
    connections: int = 0
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def fault_relay(port: int) -> Iterator[Relay]:
    """Relay to ``port`` for the length of a block."""
    relay = Relay()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay.port = listener.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):  # The listener was closed.
                while True:
                    client, _ = listener.accept()
                    relay.connections += 1
                    threading.Thread(target=_serve, args=(relay, client, port), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            relay.released.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(relay: Relay, client: socket.socket, port: int) -> None:
    cut, garbled, stall = (
        faults.pop(0) if faults else None for faults in (relay.cuts, relay.garbled, relay.stalls)
    )
    with client, socket.create_connection(("127.0.0.1", port)) as server:
        threading.Thread(target=_copy, args=(client, server), daemon=True).start()
        sent = 0
        with suppress(OSError):
            while chunk := server.recv(1 << 16):
                if garbled is not None and sent <= garbled < sent + len(chunk):
                    at = garbled - sent
                    chunk = chunk[:at] + bytes([chunk[at] ^ 1]) + chunk[at + 1 :]
                if cut is not None and sent + len(chunk) > cut:
                    client.sendall(chunk[: cut - sent])
                    break
                if stall is not None and sent + len(chunk) > stall:
                    client.sendall(chunk[: stall - sent])
                    relay.released.wait(60)
                    break
                client.sendall(chunk)
                sent += len(chunk)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(1 << 16):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
