"""CPU time of commands that find nothing to do: `wt apply --changed`, `wt plan`, `wt validate`.

The task before, on which `--changed` relies, is simulated: its successes are in the database as if
500 nodes had run on 10 hosts. None of these hosts exists, so a command that contacts one fails.
"""

from __future__ import annotations

from pathlib import Path

from bench import documents
from bench.figures import Figure, table
from bench.measure import Command, environment, median_sample, run_in_turn
from unit.store.tasks import run_task
from worldtree.ansible.bundle import read_plan
from worldtree.store.store import Store

_NODES, _HOSTS = 500, 10
#: Seconds of CPU, of the command and all that it starts.
_BOUNDS = {"apply --changed": 1.5, "plan": 1.0, "validate": 1.0}
_ROUNDS = 5


def measure(directory: Path) -> list[Figure]:
    """Return a figure per command."""
    env = environment(directory / "home")
    file = documents.write(directory, "idle", documents.nodes(_NODES, _HOSTS))
    bundle = directory / "bundle"
    compiling = ["wt", "compile", "-f", str(file), "--dir", str(bundle)]
    Command(compiling, directory, env).run()
    with Store.open(directory / "home") as store:
        run_task(store, wanted=read_plan(bundle))
    yes = {"apply --changed": ["--yes"]}
    commands = [
        Command(["wt", *name.split(), "-f", str(file), *yes.get(name, [])], directory, env)
        for name in _BOUNDS
    ]
    found = map(median_sample, run_in_turn(*commands, rounds=_ROUNDS))
    return [
        Figure(
            f"Nothing to do: `wt {name}` of {_NODES} nodes on {_HOSTS} hosts",
            f"{sample.cpu:.2f} s of CPU",
            f"≤ {bound} s of CPU",
            sample.cpu <= bound,
            table(
                ["wall clock (s)", "peak of the largest process"],
                [[f"{sample.wall:.1f}", f"{sample.peak / 1024:,.0f} MiB"]],
            ),
        )
        for (name, bound), sample in zip(_BOUNDS.items(), found, strict=True)
    ]
