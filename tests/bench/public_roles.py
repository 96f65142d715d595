"""``python -m bench.public_roles DIR [NAME…]``: roles by Ansible alone and through ``wt``.

``DIR`` has ``roles/``, perhaps ``collections/``, and ``trials.yml``, a mapping of a trial's name to

- ``roles``: the roles that are called one after the other (default: the trial's name),
- ``vars``: variables of the play,
- ``prepare``: a shell line that runs on both hosts first.

Each trial gets two fresh hosts of the lab (root; ``tests/lab/README.md``). On one
``ansible-playbook`` runs a playbook with the roles, on the other ``wt apply`` a document with the
same roles, unchanged; both run a second time. Then the state of both hosts is compared, and what
``ansible-playbook --check`` and ``wt drift`` say. When something differs, Ansible alone runs on a
fresh host again: what differs between two of its own runs, such as generated keys, is left out.
``WORLDTREE_LAB`` names the lab, so that several may run side by side.

The outcome of each trial goes to ``DIR/outcome/NAME.json``; the table is printed. Exit code 1 when
a trial differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import worldtree
from bench.host_state import difference, script
from lab import labs
from lab.handle import HostHandle, LabHandle

_BIN = Path(sys.executable).parent
#: The name of the host in both inventories, as roles see it.
_HOST = "target"
_SECONDS = 1800
#: Outcomes of a task of Ansible that are counted.
_COUNTED = ("changed", "failed", "unreachable")


@dataclass(frozen=True)
class Trial:
    """One entry of ``trials.yml``."""

    name: str
    roles: list[str]
    vars: dict[str, Any]
    prepare: str


@dataclass(frozen=True)
class Place:
    """Where one side of a trial works: its directory and its host."""

    directory: Path
    host: HostHandle

    def run(self, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment there, and keep what it prints."""
        kept = {**os.environ, "PYTHONPATH": str(Path(worldtree.__file__).parents[1])}
        kept.pop("ANSIBLE_COLLECTIONS_PATH", None)
        done = subprocess.run(
            [str(_BIN / argv[0]), *argv[1:]],
            cwd=self.directory,
            env={**kept, **environment},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        with (self.directory / "output.log").open("a") as log:
            log.write(f"$ {' '.join(argv)}\n{done.stdout}{done.stderr}[{done.returncode}]\n")
        return done

    def state(self) -> dict[str, str]:
        """Return the state of the host."""
        host = self.host
        text = script([host.address, f"{host.name}.", host.name])
        (self.directory / "state.py").write_text(text)
        with (self.directory / "state.py").open() as program:
            done = subprocess.run(
                host_command(host, "python3 -"), stdin=program, capture_output=True, text=True
            )
        found: dict[str, str] = json.loads(done.stdout)
        return found


def host_command(host: HostHandle, line: str) -> list[str]:
    """Return the command that runs a shell line on the host."""
    from lab import host_access

    return [*host_access.ssh_command(host.lab, host.host, "root"), line]


def main(argv: list[str]) -> int:
    """Run the trials and print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.public_roles")
    parser.add_argument("directory", type=Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args(argv)
    base = arguments.directory.resolve()
    trials = read_trials(base)
    chosen = [trials[name] for name in arguments.names or trials]
    lab = LabHandle(labs.up(os.environ.get("WORLDTREE_LAB", "roles"), labs.numbered(2)))
    rows = []
    for trial in chosen:
        outcome = run_trial(trial, base, lab)
        (base / "outcome").mkdir(exist_ok=True)
        (base / "outcome" / f"{trial.name}.json").write_text(json.dumps(outcome, indent=1))
        rows.append(row(outcome))
        print(rows[-1], flush=True)
    return 0 if all(line.endswith("same |") for line in rows) else 1


def read_trials(base: Path) -> dict[str, Trial]:
    """Return the trials of ``trials.yml`` by name."""
    data = yaml.safe_load((base / "trials.yml").read_text())
    return {
        name: Trial(name, one.get("roles", [name]), one.get("vars", {}), one.get("prepare", ""))
        for name, one in ((name, one or {}) for name, one in data.items())
    }


def run_trial(trial: Trial, base: Path, lab: LabHandle) -> dict[str, Any]:
    """Run one trial on fresh hosts; return what both sides did and what differs."""
    lab.reset()
    work = base / "work" / trial.name
    shutil.rmtree(work, ignore_errors=True)
    plain, ours = (
        make_place(work / side, base, host, trial)
        for side, host in zip(("plain", "wt"), lab.hosts, strict=True)
    )
    with ThreadPoolExecutor() as pool:
        alone = pool.submit(run_plain, plain)
        through = run_wt(ours)
        first = alone.result()
    found = difference(first["state"], through["state"])
    noise: list[str] = []
    if found:
        # Generated keys and the like differ between any two hosts.
        lab.reset([plain.host])
        again = run_plain(make_place(work / "again", base, plain.host, trial), short=True)
        noise = [key for key in difference(first["state"], again["state"]) if key in found]
    for side in (first, through):
        del side["state"]
    return {
        "name": trial.name,
        "plain": first,
        "wt": through,
        "difference": {key: value for key, value in found.items() if key not in noise},
        "noise": noise,
    }


def make_place(directory: Path, base: Path, host: HostHandle, trial: Trial) -> Place:
    """Write the playbook and the document of a trial with links to the roles; return the place."""
    directory.mkdir(parents=True)
    for name in ("roles", "collections"):
        if (base / name).is_dir():
            (directory / name).symlink_to(base / name)
    lab = LabHandle(host.lab)
    inventory = lab.ansible_inventory()["all"]
    known = directory / "known_hosts"
    known.write_text(Path(host.lab.known_hosts).read_text())
    inventory["hosts"] = {_HOST: {"ansible_host": host.address}}
    (directory / "inventory.yml").write_text(yaml.safe_dump({"all": inventory}))
    play = {"hosts": "all", "vars": trial.vars, "roles": trial.roles}
    (directory / "site.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    (directory / "cluster.yaml").write_text(yaml.safe_dump(document(host, trial), sort_keys=False))
    if trial.prepare:
        host.ssh(trial.prepare, timeout=600)
    return Place(directory, host)


def document(host: HostHandle, trial: Trial) -> dict[str, Any]:
    """Return the document that calls the same roles in the same order."""
    found = LabHandle(host.lab).inventory()
    spec: dict[str, Any] = {
        "rolesPath": ["./roles"],
        "collectionsPath": ["./collections"],
        "ssh": {
            "user": "root",
            "privateKeyFile": found["key"],
            "knownHostsFile": found["known_hosts"],
            "hostKeyChecking": "strict",
        },
        "vars": trial.vars,
        "hosts": [{"name": _HOST, "address": host.address}],
        "modules": [
            {
                "name": "site",
                "tasks": [{"name": "work", "steps": [{"role": role} for role in trial.roles]}],
            }
        ],
    }
    return {
        "apiVersion": "worldtree.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": "trial"},
        "spec": spec,
    }


def run_plain(place: Place, *, short: bool = False) -> dict[str, Any]:
    """Run the playbook twice, then in check mode; ``short``: twice only."""
    environment = {
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_COLLECTIONS_PATH": f"{place.directory / 'collections'}:{_vendored()}",
        "ANSIBLE_ROLES_PATH": str(place.directory / "roles"),
        "ANSIBLE_LOCALHOST_WARNING": "False",
    }
    call = ("ansible-playbook", "-i", "inventory.yml", "site.yml")
    runs = [_plain_tasks(place.run(*call, **environment).stdout) for _ in range(2)]
    state = place.state()
    check = [] if short else [_plain_tasks(place.run(*call, "--check", **environment).stdout)]
    return {"runs": runs, "check": check, "state": state}


def _vendored() -> Path:
    from worldtree.core import resources

    return resources.vendored_collections_dir()


def _plain_tasks(output: str) -> dict[str, list[str]]:
    """Return the names of changed and failed tasks of a run, in order."""
    found: dict[str, list[str]] = {kind: [] for kind in _COUNTED}
    try:
        data = json.loads(output[output.index("{") :])
    except ValueError:
        found["failed"].append(output[-500:] or "no output")
        return found
    for play in data["plays"]:
        for task in play["tasks"]:
            for result in task["hosts"].values():
                for kind in _COUNTED:
                    if result.get(kind):
                        found[kind].append(_short(task["task"]["name"]))
    return found


def _short(name: str) -> str:
    """Return a task's name without the role that the callback puts before it."""
    return name.rpartition(" : ")[2]


def run_wt(place: Place) -> dict[str, Any]:
    """Apply the document twice, then look for drift."""
    environment = {"WORLDTREE_HOME": str(place.directory / "home")}
    runs = [
        _wt_tasks(place.run("wt", "apply", "--yes", "-o", "json", **environment)) for _ in range(2)
    ]
    state = place.state()
    drift = place.run("wt", "drift", "-o", "json", **environment)
    try:
        seen = json.loads(drift.stdout)
    except ValueError:
        seen = {"coverage": 0, "error": drift.stderr[-1000:]}
    return {"runs": runs, "drift": seen, "state": state}


def _wt_tasks(done: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {kind: [] for kind in _COUNTED}
    try:
        data = json.loads(done.stdout)
    except ValueError:
        found["failed"].append(done.stderr[-1000:] or "no output")
        return found
    for node in data["nodes"]:
        for host in node["hosts"].values():
            for task in host["tasks"]:
                if task["changed"]:
                    found["changed"].append(_short(task["name"]))
                if task["status"] in ("failed", "unreachable"):
                    found[task["status"]].append(_short(task["name"]))
    return found


def row(outcome: dict[str, Any]) -> str:
    """Return the line of the table for one trial; it ends with ``same`` when nothing differs."""
    plain, ours = outcome["plain"], outcome["wt"]
    counts = [
        "/".join(str(len(side["runs"][number][kind])) for kind in ("changed", "failed"))
        for number in (0, 1)
        for side in (plain, ours)
    ]
    check = plain["check"][0]
    looked = f"{len(check['changed'])}/{len(check['failed'])}"
    coverage = ours["drift"].get("coverage")
    differs = [key for key in ("runs",) if plain[key] != ours[key]]
    differs += ["state"] if outcome["difference"] else []
    cells = [outcome["name"], *counts, looked, f"{coverage} %", ", ".join(differs) or "same"]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
