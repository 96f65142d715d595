"""Kills and resumes rollbacks: every change is undone, and no command is undone twice."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from crash import invariants, workload
from crash.databases import SqliteFile
from crash.hosts import LocalHosts
from crash.kill_sequence import KillSequence, Trial
from crash.program import Program


class Rollbacks:
    """Crashes rollbacks of one apply, which runs once and whose state each trial restores."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self._hosts = LocalHosts(directory / "target")
        self._hosts.clean()
        self._target = self._hosts.target
        self._places = (self._target, directory / "state", directory / "before")
        self._kept = directory / "kept"
        self._program = Program(directory, environ, directory / "state")
        self._program.write({**self._hosts.spec, **workload.reversible(self._target)})
        self._undone = workload.prepare_rollback(self._target)
        self._run(*self._program.apply())
        self._applied, _ = self._program.last()
        for place in self._places:
            shutil.copytree(place, self._kept / place.name, symlinks=True)
        began = time.monotonic()
        self._run("rollback", "--yes")
        self._length = time.monotonic() - began
        with self._program.store() as store:
            nodes = store.result(self._program.last("rollback")[0]).nodes
        self._nodes = sum(len(node.hosts) for node in nodes)
        if self._files() != self._undone:
            raise RuntimeError(f"the rollback without crashes left {self._files()}")

    def trial(self, seed: int, most: int) -> Trial:
        """Crash one rollback and the resumes after it, up to ``most`` times."""
        found = Trial(seed, SqliteFile.name)
        for place in self._places:
            shutil.rmtree(place)
            shutil.copytree(self._kept / place.name, place, symlinks=True)
        began = time.monotonic()
        chain = KillSequence(
            self._program,
            SqliteFile(),
            length=self._length,
            nodes=self._nodes,
            has_effect=self._hosts.has_effect,
            recorded="rollback",
        )
        chain.run(found, ("rollback", "--yes", self._applied), most)
        if self._status() != "rolled-back":
            # Killed at its very end: a second rollback records the outcome in the task.
            self._program.run("rollback", "--yes", self._applied)
        if self._status() != "rolled-back":
            found.wrong.append(f"the status of the rolled-back task is {self._status()}")
        if (files := self._files()) != self._undone:
            found.wrong.append(f"the hosts have {files}")
        found.wrong += invariants.leftover_processes(self._program.directory, self._hosts)
        found.wrong += invariants.stream_violations(self._program)
        found.seconds = time.monotonic() - began
        return found

    def _status(self) -> str:
        with self._program.store() as store:
            return str(store.task(self._applied).status)

    def _files(self) -> dict[str, str]:
        return {file.name: file.read_text() for file in sorted(self._target.iterdir())}

    def _run(self, *arguments: str) -> None:
        said = self._program.run(*arguments)
        if said.code != 0:
            raise RuntimeError(
                f"without crashes, {arguments[0]} exited with {said.code}: {said.text}"
            )
