"""The steps of the gate, in two parallel lanes, and which of them are skipped.

The processor lane computes (lint, types, unit tests, whole runs against this machine); the waiting
lane waits for real hosts and for crash trials. The lane that has run its own steps first goes on
with those of the second Python. Tests that a busy machine would disturb follow.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build" / "test-results"
FIRST = ROOT / ".venv"

#: Environment of every step; the same as in the Makefile.
ENVIRONMENT = {
    "PYTHONPATH": f"{ROOT}/compiler:{ROOT}/tests",
    "ANSIBLE_COLLECTIONS_PATH": f"{ROOT}/collections:{ROOT}/.cache/collections",
}

PROCESSOR, WAITING, AFTERWARDS = "processor", "waiting", "afterwards"
LANES = (PROCESSOR, WAITING)
#: Steps that either lane takes when it has run its own.
SHARED = "shared"
#: Tier -> the lane it belongs to, in the order in which they run there.
TIERS = {
    "check": PROCESSOR,
    "unit": PROCESSOR,
    "local": PROCESSOR,
    "lab": WAITING,
    "crash": WAITING,
    "kubernetes": WAITING,
    "alone": AFTERWARDS,
}
#: Tiers of `make test-full` only.
FULL_ONLY = {"crash", "kubernetes"}

#: Unit tests that run on the second Python too: code that uses Ansible, the database or the
#: terminal, whose versions differ there. All other code is plain Python; one version is enough.
VERSION_DEPENDENT = (
    "tests/unit/ansible",  # Ansible
    "tests/unit/runner",  # ansible-playbook, ansible-runner
    "tests/unit/collection",  # Ansible's plugins
    "tests/unit/secrets/test_broker.py",  # lookups inside ansible-playbook
    "tests/unit/secrets/providers/test_ansible_vault.py",  # Ansible's vaults
    "tests/unit/store/test_database.py",  # the database: its drivers and migrations
    "tests/unit/store/test_store.py",
    "tests/unit/cli/test_progress.py",  # the terminal
    "tests/unit/cli/test_display_choice.py",
    "tests/unit/cli/test_signal_handling.py",
    "tests/unit/cli/test_terminal_prompt.py",
    "tests/unit/cli/test_main.py",
)

#: One worker more than there are processors: a third of their time, tests wait for processes.
_WORKERS = (
    f"-n{len(os.sched_getaffinity(0)) + 1}",
    # Long tests stand beside each other: who has ended its own takes some of the others'.
    "--dist=worksteal",
)
#: The tests of a file go to one worker, in the order of lab_plugin.
BY_FILE = ("--dist=loadfile", "--no-loadscope-reorder")
#: Trials in `make test-full`, by half; `make crash` runs several times as many.
TRIALS = {
    "kills": "--kills 45",
    "rest": "--ssh-kills 9 --rollbacks 8 --roles 9 --power 6 --full-disks 2 --cancels 24",
}

#: Directory of releases of Kubernetes and what belongs to it, which are in no package index.
_ARTIFACTS = "WORLDTREE_TEST_ARTIFACTS"


@dataclass(frozen=True)
class Step:
    """One command of a tier."""

    tier: str
    #: Tier and environment, such as ``unit.venv-3.13``; also the name of its JUnit file.
    name: str
    command: tuple[str, ...]
    #: Environment variables of this step.
    env: tuple[tuple[str, str], ...] = ()
    #: Whether either lane may run it.
    is_shared: bool = False

    @property
    def lane(self) -> str:
        return SHARED if self.is_shared else TIERS[self.tier]


@dataclass(frozen=True)
class Gate:
    """Steps to run, and descriptions of what does not run and why."""

    steps: list[Step]
    skipped: list[str]
    #: What only `make test-full` covers.
    deferred: list[str]


def gate(tiers: list[str], *, full: bool) -> Gate:
    """Return what to run for these tiers, or for all if none is named."""
    wanted = [
        tier
        for tier in TIERS
        if (tier in tiers or not tiers) and (full or tier not in FULL_ONLY or tier in tiers)
    ]
    found = Gate([], [], [])
    no_lab = _output("-c", "from lab.tools import unavailable; print(unavailable() or '')")
    others = sorted(path for path in ROOT.glob(".venv-3.*") if (path / "bin/python").exists())
    if not others and {"unit", "local"} & set(wanted):
        found.skipped.append("unit and local on a second Python: not installed")
    for tier in wanted:
        if tier in ("lab", "kubernetes") and no_lab:
            found.skipped.append(f"{tier}: {no_lab}")
        elif tier == "kubernetes" and not os.environ.get(_ARTIFACTS):
            found.skipped.append(f"{tier}: {_ARTIFACTS} names no directory of releases")
        else:
            found.steps.extend(_steps(tier, others, full=full, found=found))
    if not full and not tiers:
        found.deferred.append(
            "long crash trials, random tests at full length, the second Python whole"
        )
    return found


def _steps(tier: str, others: list[Path], *, full: bool, found: Gate) -> Iterator[Step]:
    """Yield the steps of one tier."""
    usual = "not alone and not kubernetes" + ("" if full else " and not long")
    match tier:
        case "check":
            # Its parts use one processor each.
            make = ("make", "--no-print-directory", "-j2", "-O", "check")
            yield Step(tier, tier, make, (_length(full),))
        case "unit":
            yield _pytest(tier, FIRST, f"not lab and {usual}", *_WORKERS, "tests/unit", full=full)
            for env in others:
                places = ("tests/unit",) if full else VERSION_DEPENDENT
                marks = f"not lab and not once and {usual}"
                # Of random examples as many as in the gate: the first Python tries all.
                yield _pytest(tier, env, marks, *_WORKERS, *places, full=False)
        case "local":
            rest = ("--ignore=tests/unit", "tests")
            yield _pytest(tier, FIRST, f"not lab and {usual}", *_WORKERS, *rest, full=full)
            for env in others:
                marks = "not lab and not once" if full else "both_cores"
                files = [*rest] if full else files_marked("both_cores")
                yield _pytest(tier, env, f"{marks} and {usual}", *_WORKERS, *files, full=full)
        case "lab":
            # By file, since tests of a file may share hosts; in the order of lab_plugin.
            proven = set() if full else _proven_scenarios(found)
            files = [file for file in files_marked("lab") if file not in proven]
            yield _pytest(tier, FIRST, f"lab and {usual}", "-n2", *BY_FILE, *files, full=full)
        case "crash":
            for half, trials in TRIALS.items():
                command = (str(FIRST / "bin/python"), "-m", "crash", *trials.split())
                yield Step(tier, f"{tier}.{half}", command)
        case "kubernetes":
            files = files_marked("kubernetes")
            yield _pytest(tier, FIRST, "kubernetes and not alone", *files, full=full)
        case "alone":
            # By file: two tests that mostly wait do not disturb each other.
            files = files_marked("alone")
            yield _pytest(tier, FIRST, "alone", "-n2", *BY_FILE, *files, full=full)


def files_marked(mark: str) -> list[str]:
    """Return the files with tests of this mark: pytest would import those of all others too.

    Each of its workers takes half a minute of a processor for that.
    """
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    wanted = re.compile(rf"\bpytest\.mark\.{mark}\b")
    return [str(f.relative_to(ROOT)) for f in files if wanted.search(f.read_text("utf-8"))]


def _proven_scenarios(found: Gate) -> set[str]:
    """Return the files of the scenarios that are unchanged since their newest green run."""
    listed = _output("-m", "scenarios", "--list").splitlines()
    changed = {name: why for name, _, why in (line.partition("\t") for line in listed)}
    proven = [name for name, why in changed.items() if not why]
    if proven:
        found.deferred.append(f"molecule {', '.join(proven)} (as in the newest green run)")
    return {f"tests/acceptance/scenarios/test_{name}.py" for name in proven}


def _pytest(tier: str, env: Path, marks: str, *arguments: str, full: bool) -> Step:
    """Return a run of pytest in an environment."""
    name = f"{tier}{env.name}"
    python = env / "bin" / "python"
    command = (str(python), "-m", "pytest", "-q", f"--junit-xml={RESULTS / name}.xml")
    variables = (
        ("PATH", f"{python.parent}:{os.environ['PATH']}"),
        _length(full),
    )
    whole = (*command, "--durations=15", "-m", marks, *arguments)
    return Step(tier, name, whole, variables, is_shared=env != FIRST)


def _length(full: bool) -> tuple[str, str]:
    """Return the variable that says how much is repeated and how many examples are tried."""
    return "WORLDTREE_EXAMPLES", "full" if full else "gate"


def _output(*arguments: str) -> str:
    """Return what the first environment's Python prints."""
    command = [str(FIRST / "bin" / "python"), *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()
