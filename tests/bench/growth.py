"""What ``wt compile`` costs for many hosts and many nodes."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench import documents
from bench.figures import Figure, table
from bench.measure import Command, Sample, environment, median_sample, ratio, run_in_turn

#: Maximum ratio of times for ten times as many nodes.
BOUND = 12.0
_ROUNDS = 3


def measure(directory: Path) -> list[Figure]:
    """Return the figure of growth, with time and memory for each size."""
    env = environment(directory / "home")
    commands = [
        _compile(directory, name, spec, env)
        for name, spec in (
            ("hosts-1000", documents.hosts(1000)),
            ("nodes-1000", documents.nodes(1000)),
            ("nodes-10000", documents.nodes(10_000)),
        )
    ]
    hosts, small, large = run_in_turn(*commands, rounds=_ROUNDS, warm_up=False)
    found = ratio(large, small)
    return [
        Figure(
            "Growth: `wt compile` of 10,000 nodes against 1,000",
            f"× {found:.1f}",
            f"≤ × {BOUND:.0f}",
            found <= BOUND,
            table(
                ["compiled", "time", "CPU", "peak memory"],
                [
                    _row("1,000 hosts, 50 nodes", hosts),
                    _row("1,000 nodes on 3 hosts", small),
                    _row("10,000 nodes on 3 hosts", large),
                ],
            ),
        )
    ]


def _compile(directory: Path, name: str, spec: documents.Data, env: dict[str, str]) -> Command:
    file = documents.write(directory, name, spec)
    bundle = directory / f"bundle-{name}"

    def away() -> dict[str, str]:
        shutil.rmtree(bundle, ignore_errors=True)
        return {}

    line = ["wt", "compile", "-f", str(file), "--dir", str(bundle)]
    return Command(line, directory, env, away)


def _row(what: str, samples: list[Sample]) -> list[str]:
    found = median_sample(samples)
    memory = f"{found.peak / 1024:,.0f} MiB"
    return [what, f"{found.wall:.1f} s", f"{found.cpu:.1f} s", memory]
