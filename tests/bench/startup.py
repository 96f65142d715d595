"""CPU time of ``wt --help``: the start-up cost of every command."""

from __future__ import annotations

from pathlib import Path

from bench.figures import Figure
from bench.measure import Command, environment, median_sample, run_in_turn

#: Seconds of CPU.
BOUND = 0.3


def measure(directory: Path) -> list[Figure]:
    """Return the figure of start-up."""
    command = Command(["wt", "--help"], directory, environment(directory / "home"))
    [samples] = run_in_turn(command, rounds=15)
    found = median_sample(samples)
    return [
        Figure(
            "Start-up: `wt --help`",
            f"{found.cpu:.2f} s of CPU, {found.peak / 1024:.0f} MiB",
            f"≤ {BOUND} s of CPU",
            found.cpu <= BOUND,
        )
    ]
