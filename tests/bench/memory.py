"""Time and size of what runs are given that earlier ones learnt of many hosts."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figures import Figure, table
from unit.engine.plans import node_id, plan
from worldtree.engine.executors.protocol import RunRequest
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.executors.task_memory import TaskMemoryExecutor

_HOSTS = [f"web{number}" for number in range(1000)]
#: What one host is known by: as many packages as a server has, and some small values.
_PACKAGES = {f"package-{n}": [{"version": f"1.{n}", "arch": "amd64"}] for n in range(600)}
_ENTRY = {
    "facts": {"packages": _PACKAGES},
    "values": {f"value_{n}": {"stdout": "x" * 80, "rc": 0} for n in range(20)},
}
#: Seconds of CPU before a run starts.
_BOUND = 2.0


def measure(directory: Path) -> list[Figure]:
    """Return the figure of a run after a node that learnt all of it."""
    rows = []
    seconds = 0.0
    for what, names in (
        ("any name may be read", None),
        ("the packages are read", frozenset({"packages"})),
        ("they are not", frozenset({"value_1"})),
    ):
        used, size = _hand_over(directory, names)
        seconds = max(seconds, used)
        rows.append([what, f"{used:.2f} s", f"{size / 2**20:.1f} MiB"])
    each = len(json.dumps(_ENTRY)) / 2**10
    return [
        Figure(
            f"Memory of {len(_HOSTS):,} hosts with {each:.0f} KiB each: CPU before a run starts",
            f"{seconds:.2f} s",
            f"≤ {_BOUND:g} s",
            seconds <= _BOUND,
            table(["", "CPU", "handed over"], rows),
        )
    ]


def _hand_over(directory: Path, names: frozenset[str] | None) -> tuple[float, int]:
    """Return the CPU seconds and the bytes of what a run is given."""

    def reads(_: Sequence[str]) -> frozenset[str] | None:
        return names

    known: dict[tuple[str, str], dict[str, Any]] = {
        (node_id("one"), host): _ENTRY for host in _HOSTS
    }
    wanted = plan({"one": _HOSTS, "two": _HOSTS}, [("one", "two", "barrier")])
    inner = SimulatedExecutor()
    memory = TaskMemoryExecutor(inner, wanted, known, reads=reads)
    request = RunRequest("0" * 8, (node_id("two"),), tuple(_HOSTS), directory, directory)
    began = time.process_time()
    memory.start(request, lambda _: None, lambda _: None)
    text = json.dumps(inner.requests[0].memory)
    return time.process_time() - began, len(text)
