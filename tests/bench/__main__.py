"""``python -m bench [NAME…]``: measures, writes docs/benchmarks.md, exits 1 when a bound is missed.

With names (chain, branches, growth, idle, ingest, memory, output, scheduler, service, startup,
streams, undo; of the service also submit, reads, lists, and resident, which takes an hour; and
growth-large, which takes minutes) it measures and prints only those, and does not write the page,
which would lack the others. Sizes are variables of the environment, see docs/testing.md.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import (
    branches,
    chain,
    growth,
    idle,
    ingest,
    many_tasks,
    memory,
    output,
    reads,
    resident,
    scheduler,
    startup,
    streams,
    submit,
    undo,
)
from bench.figures import Figure, page
from bench.sections import KEPT, section

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
_ALL: dict[str, Callable[[Path], list[Figure]]] = {
    "startup": startup.measure,
    "chain": chain.measure,
    "branches": branches.measure,
    "growth": growth.measure,
    "idle": idle.measure,
    "ingest": ingest.measure,
    "memory": memory.measure,
    "output": output.measure,
    "scheduler": scheduler.measure,
    "undo": undo.measure,
    "streams": streams.measure,
    "submit": submit.measure,
    "reads": reads.measure,
    "lists": many_tasks.measure,
}
#: What takes so long that it is measured by name only.
_NAMED: dict[str, Callable[[Path], list[Figure]]] = {
    "growth-large": growth.measure_large,
    "resident": resident.measure,
}
#: Name -> the benchmarks that it stands for.
_GROUPS = {"service": ("submit", "reads", "lists")}


def main(names: list[str]) -> int:
    """Measure and print the figures; return the exit code."""
    names = [one for name in names for one in _GROUPS.get(name, (name,))]
    known = {**_ALL, **_NAMED}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(
            f"unknown benchmark: {', '.join(unknown)}; available: {', '.join([*known, *_GROUPS])}",
            file=sys.stderr,
        )
        return 2
    figures: list[Figure] = []
    for name in names or _ALL:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix=f"wt-{name}-") as directory:
            for figure in known[name](Path(directory)):
                outcome = "met" if figure.ok else "MISSED"
                print(f"{figure.name}: {figure.value} (bound {figure.bound}) {outcome}")
                print(*(f"  {line}" for line in figure.detail), sep="\n", flush=True)
                figures.append(figure)
    if not names:
        before = _PAGE.read_text(encoding="utf-8") if _PAGE.exists() else ""
        kept = "".join(section(before, title) for title in KEPT)
        _PAGE.write_text(page(figures) + kept, encoding="utf-8")
        print(f"wrote {_PAGE}", file=sys.stderr)
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
