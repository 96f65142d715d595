"""Figures that were measured against a bound, and the page that shows them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, its bound, and details."""

    name: str
    value: str
    bound: str
    ok: bool
    #: Paragraphs or tables in Markdown, shown below the table of bounds.
    detail: Sequence[str] = field(default_factory=tuple)


def page(figures: Sequence[Figure]) -> str:
    """Return docs/benchmarks.md."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` (code in `tests/bench/`): whole processes from start to end, "
        "medians, and ratios of alternating runs. A bound that is not met is shown as missed.",
        "",
        f"Machine: {machine()}.",
        "",
        "Modules on local connections run in the test environment, which keeps their compiled code "
        "(`.ci/sitecustomize.py`), in plain ansible-playbook as below `wt`: elsewhere each of them "
        "takes longer, so that the share of `wt` is smaller.",
        "",
        "| what | measured | bound | |",
        "|---|---|---|---|",
        *(
            f"| {one.name} | {one.value} | {one.bound} | {'met' if one.ok else '**missed**'} |"
            for one in figures
        ),
    ]
    for one in figures:
        if one.detail:
            lines += ["", f"## {one.name}", ""]
            lines += list(one.detail)
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Describe the machine in one line, without naming it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = ".".join(map(str, sys.version_info[:3]))
    busy = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {os.uname().sysname}, "
        f"Python {python}, ansible-core {version('ansible-core')}; "
        f"load at the start {busy:.1f}"
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table in Markdown."""
    return [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
