"""What keeping the state before a change adds to a step: module calls, and CPU of all processes.

The same steps run on this machine in three ways: the module saves, as where ``wt`` runs it; a task
of its own saves, as under plain Ansible; and without undo.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.figures import Figure, table
from bench.measure import PROGRAMS, environment
from worldtree.ansible.steps.state_snapshot import SNAPSHOT
from worldtree.core.resources import core_collection_dir

BOUND = 1.15
#: Variables of the environment with the number of steps, and how often each way is measured.
STEPS_VARIABLE, ROUNDS_VARIABLE = "WORLDTREE_BENCH_STEPS", "WORLDTREE_BENCH_ROUNDS"
_STEPS, _ROUNDS = 24, 5
#: Way -> its name on the page. The first one has a single step, for what any run costs.
_WAYS = {
    "one": "one step without undo",
    "without": "without undo",
    "joined": "reversible, the module saves",
    "apart": "reversible, a task of its own saves",
}


def measure(directory: Path) -> list[Figure]:
    """Return the figures of steps that change nothing any more, on warm and cold connections."""
    count = int(os.environ.get(STEPS_VARIABLE, _STEPS))
    rounds = int(os.environ.get(ROUNDS_VARIABLE, _ROUNDS))
    keys = [(way, connection) for connection in ("warm", "cold") for way in _WAYS]
    runs = []
    for way, connection in keys:
        place = directory / connection / way
        _write_play(place, 1 if way == "one" else count, undo=way in ("joined", "apart"))
        runs.append([str(place), way == "joined", connection])
    done = subprocess.run(
        [str(PROGRAMS / "python"), "-m", "bench.undo_play", str(rounds)],
        env={
            **environment(directory / "home"),
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_COLLECTIONS_PATH": str(core_collection_dir().parents[2]),
        },
        input=json.dumps(runs),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = dict(zip(keys, json.loads(done.stdout), strict=True))
    return [
        _figure(connection, count, rounds, {way: tuple(found[way, connection]) for way in _WAYS})
        for connection in ("warm", "cold")
    ]


def _figure(
    connection: str, count: int, rounds: int, found: Mapping[str, tuple[float, float]]
) -> Figure:
    """Return the figure of seconds of CPU and module calls by way."""
    cost = {way: (found[way][0] - found["one"][0]) / (count - 1) for way in found}
    rows = [
        [text, f"{found[way][1]:g}", f"{found[way][0]:.2f} s", *_per_step(way, cost)]
        for way, text in _WAYS.items()
    ]
    ratio = cost["joined"] / cost["without"]
    return Figure(
        f"Undo: a reversible step against one without undo, {connection} connection",
        f"× {ratio:.2f} of CPU",
        f"≤ × {BOUND:.2f}",
        ratio <= BOUND,
        [
            f"{count} steps (directories, files with content, templates) that change nothing any "
            f"more, on this machine: medians of {rounds} alternating runs of ansible-playbook as "
            "`wt` starts it. CPU of all processes; that of a step is what a run has more than a "
            "run of one step.",
            "",
            *table(["run", "module calls", "CPU", "CPU of a step", "against none"], rows),
        ],
    )


def _per_step(way: str, cost: Mapping[str, float]) -> list[str]:
    if way == "one":
        return ["", ""]
    return [f"{cost[way] * 1000:.0f} ms", f"× {cost[way] / cost['without']:.2f}"]


def _write_play(place: Path, count: int, *, undo: bool) -> None:
    (place / "work").mkdir(parents=True)
    (place / "page.j2").write_text("{{ inventory_hostname }}\n", encoding="utf-8")
    play = {
        "hosts": "all",
        "gather_facts": False,
        "environment": {"WORLDTREE_ATTEMPT": "bench.1"},
        "tasks": list(_tasks(place, count, undo=undo)),
    }
    (place / "site.yml").write_text(json.dumps([play]), encoding="utf-8")


def _tasks(place: Path, count: int, *, undo: bool) -> Iterator[dict[str, Any]]:
    for number in range(count):
        path = f"{place}/work/{number}"
        module, args = (
            ("file", {"path": path, "state": "directory", "mode": "0755"}),
            ("copy", {"dest": path, "content": f"{number}\n", "mode": "0644"}),
            ("template", {"dest": path, "src": f"{place}/page.j2", "mode": "0644"}),
        )[number % 3]
        if undo:
            save = {"id": f"bench/{number}", "files": [path], "state_dir": f"{place}/state"}
            yield {"name": "Save", SNAPSHOT: save}
        yield {"name": f"Step {number}", f"ansible.builtin.{module}": args}
