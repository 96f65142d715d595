"""Cheap work whose every run is seen: each step writes down when it begins and ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

#: Only one run of a step holds its lock; another one at the same time is written down. The end is
#: on disk before the step counts as done.
_SCRIPT = """
exec 9>"{step}.lock"
flock -n 9 || {{ echo "{name}" >> "{place}/overlaps"; exit 1; }}
echo begin >> "{step}.runs"
{work}
echo end >> "{step}.runs"
touch "{step}.done"
"""


def document(cluster: str, place: Path, number: int, *, steps: int, seconds: float) -> str:
    """Return the document of the task ``number`` of a cluster, whose steps take ``seconds``."""
    work: list[dict[str, Any]] = []
    for at in range(steps):
        name = step_name(cluster, number, at)
        work.append({"name": f"s{at}", **counted(place, name, f"sleep {seconds}")})
    spec = {
        "stateDir": str(place / "state"),
        "hosts": [{"name": "a", "connection": "local"}],
        "facts": {"gather": "never"},
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": work}]}],
    }
    data = {
        "apiVersion": "worldtree.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": cluster},
        "spec": spec,
    }
    return yaml.safe_dump(data, sort_keys=False)


def counted(place: Path, name: str, line: str) -> dict[str, Any]:
    """Return a command that does ``line`` once, and writes to ``place`` how often it did."""
    script = _SCRIPT.format(step=place / name, name=name, place=place, work=line)
    return {
        "command": {"argv": ["sh", "-c", script], "creates": str(place / f"{name}.done")},
    }


def step_name(cluster: str, number: int, step: int) -> str:
    """Return the name of the files of a step."""
    return f"{cluster}-{number}-{step}"


def runs(place: Path, names: list[str]) -> tuple[int, int]:
    """Return how often these steps began and how often they came to their end."""
    lines = [line for name in names for line in _lines(place, name)]
    return lines.count("begin"), lines.count("end")


def problems(place: Path, names: list[str]) -> list[str]:
    """Return what is wrong with the work of these steps: not done, done twice, two at once."""
    found = []
    for name in names:
        lines = _lines(place, name)
        if lines.count("end") != 1:
            found.append(f"{name}: done {lines.count('end')} times: {lines}")
        elif lines[-1] != "end":
            found.append(f"{name}: begun again after it was done: {lines}")
    overlaps = place / "overlaps"
    if overlaps.exists():
        found += [f"{line}: two runs at once" for line in overlaps.read_text().split()]
    return found


def _lines(place: Path, name: str) -> list[str]:
    found = place / f"{name}.runs"
    return found.read_text(encoding="utf-8").split() if found.exists() else []
