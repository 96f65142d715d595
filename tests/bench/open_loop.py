"""An open-loop generator of requests: each is sent when it is due, however slow the others are.

A process of its own: ``python -m bench.open_loop PORT RATE SECONDS``, with the header
``Authorization`` and the paths, one a line, on standard input. Prints JSON.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Sequence

#: Connections that wait for their next request at most, and their seconds: the service closes
#: idle ones after 5.
_MAX_IDLE = 64
_IDLE_SECONDS = 3.0


class _Client:
    """Sends requests on connections that it keeps."""

    def __init__(self, port: int, header: str) -> None:
        self._port, self._header = port, header
        self._idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def get(self, path: str) -> int:
        """Read a path whole; return the status."""
        while self._idle and time.monotonic() - self._idle[0][0] > _IDLE_SECONDS:
            self._idle.pop(0)[2].close()
        if self._idle:
            _, reader, writer = self._idle.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: {self._header}\r\n\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        await reader.readexactly(length)
        if len(self._idle) < _MAX_IDLE:
            self._idle.append((time.monotonic(), reader, writer))
        else:
            writer.close()
        return int(head.split()[1])


async def ask(
    port: int, header: str, paths: Sequence[str], rate: float, seconds: float
) -> dict[str, float]:
    """Ask for the paths in turn; return percentiles of the milliseconds from when each was due."""
    client = _Client(port, header)
    delays: list[float] = []
    wrong = 0
    began = time.perf_counter()

    async def one(path: str, due: float) -> None:
        nonlocal wrong
        status = await client.get(path)
        delays.append(time.perf_counter() - due)
        wrong += status != 200

    tasks = []
    for number, path in zip(range(int(rate * seconds)), itertools.cycle(paths), strict=False):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(path, due)))
    await asyncio.gather(*tasks)
    took = time.perf_counter() - began
    delays.sort()
    last = len(delays) - 1
    marks = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    found = {name: delays[int(mark * last)] * 1000 for name, mark in marks.items()}
    return {**found, "requests": len(delays), "wrong": wrong, "seconds": took}


def main() -> None:
    """Ask as the command line says."""
    port, rate, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    header, *paths = sys.stdin.read().splitlines()
    print(json.dumps(asyncio.run(ask(port, header, paths, rate, seconds))))


if __name__ == "__main__":
    main()
