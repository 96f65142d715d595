"""What ``wt compile`` costs for many hosts and many nodes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bench import c_emitter, documents
from bench.figures import Figure, table
from bench.measure import Command, Sample, environment, median_sample, ratio, run_in_turn

#: Maximum ratio of times for ten times as many nodes.
BOUND = 12.0
#: Of 10,000 nodes: maximum ratio to the CPU of writing the files by libraries; maximum MiB.
_OVER_EMITTER, _MEMORY = 2.0, 300
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
    whole = median_sample(large)
    dumped = _dumped(directory / "bundle-nodes-10000", env)
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
        ),
        Figure(
            "CPU of `wt compile` of 10,000 nodes against the C emitter alone",
            f"× {whole.cpu / dumped:.1f}",
            f"≤ × {_OVER_EMITTER:.0f}",
            whole.cpu <= _OVER_EMITTER * dumped,
            [
                f"`wt compile` {whole.cpu:.1f} s. The data of the same files through libyaml's "
                f"emitter and Python's encoder of JSON: {dumped:.1f} s "
                "(`python -m bench.c_emitter BUNDLE`)."
            ],
        ),
        Figure(
            "Memory of `wt compile` of 10,000 nodes",
            f"{whole.peak / 1024:,.0f} MiB",
            f"≤ {_MEMORY} MiB",
            whole.peak <= _MEMORY * 1024,
            [],
        ),
    ]


def measure_large(directory: Path) -> list[Figure]:
    """Return the figure of 100,000 nodes against 10,000, once each: it takes minutes."""
    env = environment(directory / "home")
    commands = [
        _compile(directory, f"nodes-{count}", documents.nodes(count), env)
        for count in (10_000, 100_000)
    ]
    small, large = (one for (one,) in run_in_turn(*commands, rounds=1, warm_up=False))
    found = large.cpu / small.cpu
    return [
        Figure(
            "Growth: CPU of `wt compile` of 100,000 nodes against 10,000",
            f"× {found:.1f}",
            f"≤ × {BOUND:.0f}",
            found <= BOUND,
            table(
                ["compiled", "time", "CPU", "peak memory"],
                [
                    _row("10,000 nodes on 3 hosts", [small]),
                    _row("100,000 nodes on 3 hosts", [large]),
                ],
            ),
        )
    ]


def _dumped(bundle: Path, env: dict[str, str]) -> float:
    """Return the seconds of CPU to write the data of a bundle, in a process of its own."""
    program = Path(c_emitter.__file__)
    done = subprocess.run(
        [sys.executable, str(program), str(bundle)],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


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
