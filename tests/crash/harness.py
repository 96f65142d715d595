"""Crashes applies of one document, and checks the invariants afterwards."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crash import invariants, processes, workload
from crash.databases import SqliteFile
from crash.hosts import LocalHosts
from crash.kill_sequence import KillSequence, Trial
from crash.program import Program


@dataclass(frozen=True)
class Baseline:
    """Duration and final state of an apply without crashes; trials must reach the same state."""

    seconds: float
    state: dict[str, Any]


class Harness:
    """Crashes applies of one document, in a separate directory."""

    def __init__(
        self,
        directory: Path,
        environ: Mapping[str, str],
        databases: Sequence[SqliteFile] = (SqliteFile(),),
        home: Path | None = None,
        baseline: Baseline | None = None,
        hosts: LocalHosts | None = None,
    ) -> None:
        """Prepare the document; ``home`` must be below ``directory``.

        Trials use ``databases`` in turn, by seed. Without ``baseline`` an apply measures it.
        Without ``hosts`` the trials run on this machine.
        """
        self.hosts = hosts or LocalHosts(directory / "target")
        self.program = Program(directory, environ, home or directory / "state")
        self.program.write({**self.hosts.spec, **workload.steps(self.hosts.target)})
        self._databases = databases
        self.baseline = baseline or self._measure_baseline()

    def _measure_baseline(self) -> Baseline:
        self.clean(SqliteFile())
        began = time.monotonic()
        said = self.program.run(*self.program.apply())
        took = time.monotonic() - began
        if said.code != 0:
            raise RuntimeError(f"the apply without crashes exited with {said.code}: {said.text}")
        return Baseline(took, invariants.observed_state(self.program, self.hosts))

    def trial(self, seed: int, most: int) -> Trial:
        """Crash an apply and the resumes after it, up to ``most`` times."""
        database = self._databases[seed % len(self._databases)]
        found = Trial(seed, database.name)
        self.clean(database)
        chain = self.chain(database)
        began = time.monotonic()
        try:
            chain.run(found, self.program.apply(), most)
            found.wrong += invariants.violations(self.program, self.hosts, self.baseline.state)
        except subprocess.TimeoutExpired as hung:
            found.wrong.append(f"a command hangs: {hung}")
            processes.kill_everything(self.program.directory)
        found.seconds = time.monotonic() - began
        return found

    def chain(self, database: SqliteFile) -> KillSequence:
        """Return the sequence that kills and resumes applies."""
        return KillSequence(
            self.program,
            database,
            length=self.baseline.seconds,
            nodes=sum(map(len, self.baseline.state["nodes"].values())),
            has_effect=self.hosts.has_effect,
        )

    def clean(self, database: SqliteFile) -> None:
        """Remove all state, on the hosts too."""
        remove_state(self.program, self.hosts, database)


def remove_state(program: Program, hosts: LocalHosts, database: SqliteFile) -> None:
    """Remove the state of a program and what it left on hosts; use ``database`` from now on."""
    hosts.clean()
    shutil.rmtree(program.home, ignore_errors=True)
    program.url = database.fresh()
