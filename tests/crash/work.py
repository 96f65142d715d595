"""The work that is cut off: a document whose steps leave traces that can be counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HOSTS = ("h1", "h2", "h3")
#: Chains beside one another, and the guarded steps in each; the first one runs on all hosts, each
#: other one on a host of its own, which keeps a crash short.
_CHAINS, _STEPS = 6, 5
#: Steps without a guard, one after the other on one host, so that at most one is in doubt.
_BARE = 3


def spec(target: Path, hosts: Sequence[Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Return a document's spec whose steps each add a line to a file of their own in ``target``.

    The line is written in one go, and the file is the guard: a step with a guard that has its
    effect twice leaves two lines.
    """
    modules = [
        {
            "name": f"chain{chain}",
            "tasks": [
                {
                    "name": "work",
                    "hosts": HOSTS[chain % len(HOSTS)] if chain else "all",
                    "steps": [_step(target, n) for n in range(_STEPS)],
                }
            ],
        }
        for chain in range(_CHAINS)
    ]
    bare = [_step(target, n, guarded=False) for n in range(_BARE)]
    modules.append({"name": "bare", "tasks": [{"name": "work", "hosts": "h1", "steps": bare}]})
    own = [{"name": name, "connection": "local"} for name in HOSTS]
    return {"hosts": list(hosts or own), "modules": modules}


def _step(target: Path, number: int, *, guarded: bool = True) -> dict[str, Any]:
    kind = "guarded" if guarded else "bare"
    # A play bears the id of its node.
    name = "{{ ansible_play_name | replace('/', '.') }}-{{ inventory_hostname }}"
    file = f"{target}/{kind}-{name}"
    command: dict[str, Any] = {"argv": ["sh", "-c", f"echo done >> {file}; sleep 0.05"]}
    if guarded:
        command["creates"] = file
    return {"name": f"step{number}", "command": command}


def effects(target: Path) -> Counter[str]:
    """Return how often each step had its effect on each host, by its file."""
    return Counter(
        {file.name: len(file.read_text().splitlines()) for file in sorted(target.iterdir())}
    )
