"""What ``wt apply`` adds to ``ansible-playbook`` on the same bundle."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import breakdown, documents
from bench.figures import Figure, table
from bench.measure import Command, Sample, environment, median_sample, ratio, run_in_turn
from lab import labs, report, tools

BOUND = 1.10
_ROUNDS = 5
_LAB = "bench"


def measure(directory: Path) -> list[Figure]:
    """Return the figure of overhead, with the parts of one run."""
    with three_hosts() as hosts, apply_and_plain(directory, hosts) as (apply, bare):
        ours, plain = run_in_turn(apply, bare, rounds=_ROUNDS)
        return [_figure(hosts.where, apply, ours, plain)]


@dataclass(frozen=True)
class Hosts:
    """Where the chain runs: ``hosts`` and ``ssh`` of the document, and a description."""

    hosts: list[Any]
    ssh: dict[str, Any] | None
    where: str


HERE = Hosts(
    [{"name": f"here{n}", "connection": "local"} for n in (1, 2, 3)],
    None,
    "this machine three times (local connection)",
)


@contextmanager
def apply_and_plain(
    directory: Path, on: Hosts, lines: int = 0
) -> Iterator[tuple[Command, Command]]:
    """Yield the command that applies the chain's bundle, and plain Ansible on the same.

    With ``lines`` one of its tasks prints that many lines.
    """
    for name, text in documents.TEMPLATES.items():
        file = directory / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (directory / documents.SCRIPT).write_text(documents.SCRIPT_TEXT, encoding="utf-8")
    work = "/var/lib/wt-bench" if on.ssh else str(directory / "work")
    data = documents.chain(on.hosts, on.ssh, work=work, lines=lines)
    file = documents.write(directory, "chain", data)
    if not on.ssh:
        (directory / "work").mkdir()
    env, bundle = environment(directory / "home"), directory / "bundle"
    Command(["wt", "compile", "-f", str(file), "--dir", str(bundle)], directory, env).run()
    with _cold_connections() as cold:
        yield (
            Command(["wt", "apply", "--dir", str(bundle), "--yes"], directory, env),
            Command(["ansible-playbook", "site.yml"], bundle, env, cold),
        )


def _figure(where: str, apply: Command, ours: list[Sample], plain: list[Sample]) -> Figure:
    found = ratio(ours, plain)
    rows = breakdown.measure(apply)
    mine, its = median_sample(ours), median_sample(plain)
    return Figure(
        "Overhead: `wt apply --dir` against `ansible-playbook site.yml`",
        f"× {found:.2f}",
        f"≤ × {BOUND:.2f}",
        found <= BOUND,
        [
            f"A chain of 10 nodes on {where}, already converged, {_ROUNDS} alternating runs each; "
            "both start without open connections. "
            f"`wt apply` {mine.wall:.2f} s ({mine.cpu:.2f} s of CPU), "
            f"`ansible-playbook` {its.wall:.2f} s ({its.cpu:.2f} s of CPU). "
            "The parts of one `wt apply`:",
            "",
            *table(["part", "seconds"], [[name, f"{took:.2f}"] for name, took in rows]),
        ],
    )


@contextmanager
def three_hosts() -> Iterator[Hosts]:
    """Yield three lab hosts, or this machine three times where a lab is not possible."""
    if tools.unavailable() is not None:
        yield HERE
        return
    lab = labs.up(_LAB, ["bench1", "bench2", "bench3"])
    try:
        found = report.inventory(lab)
        hosts = [{"name": i["name"], "address": i["address"]} for i in found["items"]]
        ssh = {
            "user": "root",
            "privateKeyFile": found["key"],
            "knownHostsFile": found["known_hosts"],
        }
        yield Hosts(hosts, ssh, "3 hosts over SSH (booted containers on this machine)")
    finally:
        labs.down(_LAB)


@contextmanager
def _cold_connections() -> Iterator[Any]:
    """Yield a function that gives each run of plain Ansible a new directory for connections.

    `wt` uses one for each task. Without this, plain Ansible would reuse the connections that its
    last run left open.
    """
    made: list[str] = []

    def fresh() -> dict[str, str]:
        made.append(tempfile.mkdtemp(prefix="wtb"))
        return {"ANSIBLE_SSH_CONTROL_PATH_DIR": made[-1]}

    try:
        yield fresh
    finally:
        for directory in made:
            shutil.rmtree(directory, ignore_errors=True)
