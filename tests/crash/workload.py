"""The workload of the trials: documents whose steps leave effects that can be counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

HOSTS = ("h1", "h2", "h3")
#: Number of parallel chains, and of guarded steps in each and in the first one. The first runs
#: on all hosts, each other one on a single host.
_CHAINS, _STEPS, _FIRST_STEPS = 6, 5, 2
#: Steps without a guard, in sequence on one host, so that at most one is in doubt.
_UNGUARDED = 3


def steps(target: Path) -> dict[str, Any]:
    """Return ``modules`` whose steps each append a line to a separate file in ``target``.

    The line is written in one call, and the file is the guard (``creates``). A step that has its
    effect twice leaves two lines.
    """
    modules = [
        {
            "name": f"chain{chain}",
            "tasks": [
                {
                    "name": "run",
                    "hosts": HOSTS[chain % len(HOSTS)] if chain else "all",
                    "steps": [_step(target, n) for n in range(_STEPS if chain else _FIRST_STEPS)],
                }
            ],
        }
        for chain in range(_CHAINS)
    ]
    bare = [_step(target, n, guarded=False) for n in range(_UNGUARDED)]
    modules.append({"name": "bare", "tasks": [{"name": "run", "hosts": "h1", "steps": bare}]})
    return {"modules": modules}


def final_state() -> dict[str, Any]:
    """Return the expected state after an apply of ``steps``: every step done, each effect once."""
    pairs = [("bare", f"bare/run/step{number}", "h1") for number in range(_UNGUARDED)]
    for chain in range(_CHAINS):
        for number in range(_STEPS if chain else _FIRST_STEPS):
            for host in (HOSTS[chain % len(HOSTS)],) if chain else HOSTS:
                pairs.append(("guarded", f"chain{chain}/run/step{number}", host))
    # The steps use host names, so facts are gathered.
    nodes = {"create-cluster/facts/gather/setup": dict.fromkeys(HOSTS, "done")}
    for _, name, host in pairs:
        nodes.setdefault(f"create-cluster/{name}", {})[host] = "done"
    effects = {
        f"{kind}-create-cluster.{name.replace('/', '.')}-{host}": 1 for kind, name, host in pairs
    }
    return {"effects": effects, "nodes": nodes}


def _step(target: Path, number: int, *, guarded: bool = True) -> dict[str, Any]:
    kind = "guarded" if guarded else "bare"
    # The name of a play is the id of its node.
    name = "{{ ansible_play_name | replace('/', '.') }}-{{ inventory_hostname }}"
    file = f"{target}/{kind}-{name}"
    command: dict[str, Any] = {"argv": ["sh", "-c", f"echo done >> {file}; sleep 0.05"]}
    if guarded:
        command["creates"] = file
    return {"name": f"step{number}", "command": command}


def long_running() -> dict[str, Any]:
    """Return ``modules`` whose last steps take minutes, on single hosts and on all hosts."""
    short: dict[str, Any] = {"name": "short", "command": {"argv": ["true"]}}
    long: dict[str, Any] = {"name": "long", "command": {"argv": ["sleep", "313.7"]}}
    tasks = [("all", "everywhere"), *((name, f"on-{name}") for name in HOSTS)]
    modules = [
        {"name": name, "tasks": [{"name": "run", "hosts": hosts, "steps": [short, long]}]}
        for hosts, name in tasks
    ]
    return {"modules": modules}


def reversible(target: Path) -> dict[str, Any]:
    """Return ``modules`` whose steps can all be undone: files, and commands with ``undo``.

    The undo of a command has no guard against a second run; each run leaves a line.
    """
    modules: list[dict[str, Any]] = []
    for chain in range(3):
        steps = []
        for number in range(4):
            file = f"{target}/file-{chain}-{number}-{{{{ inventory_hostname }}}}"
            copy = {"content": f"new {number}", "dest": file, "mode": "0644"}
            steps.append({"name": f"step{number}", "copy": copy})
        hosts = HOSTS[chain] if chain else "all"
        work = {"name": "run", "hosts": hosts, "steps": steps}
        modules.append({"name": f"chain{chain}", "tasks": [work]})
    bare = []
    for number in range(_UNGUARDED):
        node = f"create-cluster.bare.run.step{number}-h1"
        done, undone = f"{target}/made-{node}", f"{target}/bare-{node}"
        command = {
            "argv": ["sh", "-c", f"echo made > {done}"],
            "undo": ["sh", "-c", f"rm {done} && echo undone >> {undone}; sleep 0.05"],
        }
        bare.append({"name": f"step{number}", "command": command})
    modules.append({"name": "bare", "tasks": [{"name": "run", "hosts": "h1", "steps": bare}]})
    return {"stateDir": f"{target.parent}/before", "modules": modules}


def prepare_rollback(target: Path) -> dict[str, str]:
    """Create the files that exist before ``reversible`` is applied; return those after rollback."""
    (target / "file-0-1-h2").write_text("old")
    (target / "file-0-1-h2").chmod(0o600)
    nodes = [f"bare-create-cluster.bare.run.step{number}-h1" for number in range(_UNGUARDED)]
    return {"file-0-1-h2": "old", **dict.fromkeys(nodes, "undone\n")}
