"""Runs one molecule scenario on hosts of its own, and records a run that passes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from lab import labs
from lab.name_lock import reserved_name
from lab.sources import SUITE_VARIABLE
from scenarios import digest
from scenarios.record import Record, changed_parts, load

ROOT = digest.ROOT
_PROGRAMS = Path(sys.executable).parent


class ScenarioError(Exception):
    """A scenario failed; the message ends with what molecule printed last."""


def run(scenario: str, suite: str | None = None) -> Record:
    """Run the whole sequence of a scenario; raises ScenarioError.

    Its hosts have the Debian release ``suite``, or that of this machine. Its lab and its ephemeral
    directory have names that no other run has. The record of the run is written unless a part of
    the tree changed meanwhile; one with a ``suite`` is not.
    """
    before = digest.parts(scenario)
    began = time.monotonic()
    with ExitStack() as stack:
        # What molecule keeps of a run is of no use to the next one, and must not meet another's.
        kept = stack.enter_context(tempfile.TemporaryDirectory(prefix="wt-mol-"))
        prefix = stack.enter_context(reserved_name("molecule"))
        # Molecule does so too, unless it is interrupted.
        stack.callback(labs.down, f"{prefix}-{scenario}")
        done = subprocess.run(
            [_PROGRAMS / "molecule", "test", "--scenario-name", scenario, "--destroy", "always"],
            cwd=ROOT,
            env={**_environment(prefix, kept), SUITE_VARIABLE: suite or ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise ScenarioError("\n".join(done.stdout.splitlines()[-120:]))
    record = Record(datetime.now(UTC).date().isoformat(), round(time.monotonic() - began), before)
    if suite is None and digest.parts(scenario) == before:
        record.save(ROOT / "molecule" / scenario)
    return record


def changes() -> dict[str, list[str]]:
    """Return each scenario with the parts that changed since its newest green run."""
    return {
        name: changed_parts(load(ROOT / "molecule" / name), digest.parts(name))
        for name in digest.scenarios()
    }


def _environment(prefix: str, ephemeral: str) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{_PROGRAMS}:{os.environ['PATH']}",
        "NO_COLOR": "1",
        "WORLDTREE_SCENARIO_PREFIX": prefix,
        "MOLECULE_EPHEMERAL_DIRECTORY": ephemeral,
    }
