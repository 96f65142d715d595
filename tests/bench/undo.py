"""What keeping the state before a change adds to a step: module calls, and CPU of all processes.

The same steps run on this machine in three ways: reversible ones as they are, reversible ones that
save in a task of their own as under plain Ansible, and tasks without undo.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench import documents
from bench.figures import Figure, table
from bench.measure import PROGRAMS, Command, Sample, environment, run_in_turn
from worldtree.ansible.steps.state_snapshot import SNAPSHOT

BOUND = 1.15
#: Variables of the environment with the number of steps, and how often each way is measured.
STEPS_VARIABLE, ROUNDS_VARIABLE = "WORLDTREE_BENCH_STEPS", "WORLDTREE_BENCH_ROUNDS"
_STEPS, _ROUNDS = 24, 5
#: The ways, as the page names them; the first one has a single step, for what any run costs.
_WAYS = {
    "one": "one step without undo",
    "without": "without undo",
    "joined": "reversible: the module saves",
    "apart": "reversible: a task of its own saves (as plain Ansible)",
}


def measure(directory: Path) -> list[Figure]:
    """Return the figures of steps that change nothing any more, on warm and cold connections."""
    count = int(os.environ.get(STEPS_VARIABLE, _STEPS))
    rounds = int(os.environ.get(ROUNDS_VARIABLE, _ROUNDS))
    return [
        _figure(directory / word, count, rounds, options)
        for word, options in (("warm", ()), ("cold", ("--no-warm",)))
    ]


def _figure(directory: Path, count: int, rounds: int, options: tuple[str, ...]) -> Figure:
    env = environment(directory / "home")
    commands = []
    for way in _WAYS:
        place = directory / way
        place.mkdir(parents=True)
        file = _document(place, way, 1 if way == "one" else count)
        line = ["wt", "apply", "-f", str(file), "--yes", *options]
        commands.append(Command(line, place, env))
    samples = dict(zip(_WAYS, run_in_turn(*commands, rounds=rounds), strict=True))
    calls = {way: _calls(way, directory / way, env) for way in _WAYS}
    one = median(sample.cpu for sample in samples["one"])
    cost = {way: _per_step(samples[way], one, count) for way in _WAYS if way != "one"}
    found = cost["joined"] / cost["without"]
    rows = [
        [
            text,
            str(calls[way]),
            f"{median(sample.cpu for sample in samples[way]):.2f} s",
            f"{cost[way] * 1000:.0f} ms" if way in cost else "",
            f"× {cost[way] / cost['without']:.2f}" if way in cost else "",
        ]
        for way, text in _WAYS.items()
    ]
    return Figure(
        f"Undo: a reversible step against one without undo, {directory.name} connections",
        f"× {found:.2f} of CPU",
        f"≤ × {BOUND:.2f}",
        found <= BOUND,
        [
            f"{count} steps (directories, files with content, templates) on this machine, already "
            f"converged, medians of {rounds} alternating runs. CPU of all processes; that of a "
            "step is what a run has more than a run of one step.",
            "",
            *table(["run", "module calls", "CPU", "CPU of a step", "against none"], rows),
        ],
    )


def _per_step(samples: list[Sample], one: float, count: int) -> float:
    return (median(sample.cpu for sample in samples) - one) / (count - 1)


def _calls(way: str, place: Path, env: dict[str, str]) -> int:
    """Return how many modules the last run called, by its own count where it keeps one."""
    shown = subprocess.run(
        [str(PROGRAMS / "wt"), "tasks", "show", "--cluster", way, "-o", "json"],
        cwd=place,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    calls = json.loads(shown.stdout)["module_calls"]
    return int(calls["warm"]) + sum(calls["ordinary"].values())


def _document(place: Path, way: str, count: int) -> Path:
    (place / "templates").mkdir()
    (place / "templates" / "page.j2").write_text("{{ inventory_hostname }}\n", encoding="utf-8")
    (place / "work").mkdir()
    steps = list(_steps(place, way, count))
    data: documents.Data = {
        "hosts": [{"name": "here", "connection": "local"}],
        "facts": {"gather": "never"},
        "stateDir": f"{place}/state",
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": steps}]}],
    }
    return documents.write(place, way, data)


def _steps(place: Path, way: str, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        path = f"{place}/work/{number}"
        kind, module, args, more = (
            ("directory", "file", {"path": path, "mode": "0755"}, {"state": "directory"}),
            ("copy", "copy", {"dest": path, "content": f"{number}\n", "mode": "0644"}, {}),
            (
                *("render", "template", {"dest": path, "src": "page.j2", "mode": "0644"}),
                {"src": f"{place}/templates/page.j2"},
            ),
        )[number % 3]
        if way == "joined":
            yield {"name": f"s{number}", kind: args}
            continue
        task: dict[str, Any] = {
            "name": f"Step {number}",
            f"ansible.builtin.{module}": {**args, **more},
        }
        tasks = [task]
        if way == "apart":
            # A condition of its own keeps both tasks apart.
            save = {"id": f"bench/{number}", "files": [path], "state_dir": f"{place}/state"}
            tasks = [{"name": "Save", SNAPSHOT: save}, {**task, "when": True}]
        yield {"name": f"s{number}", "tasks": tasks}
