"""Rollbacks that are killed, and resumed: all comes back, and no command is undone twice."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from crash import laws, work
from crash.chain import Chain, Trial
from crash.databases import File
from crash.hosts import LocalHosts
from crash.program import Program


class Rollbacks:
    """Crashes rollbacks of one apply, which is made once and put back for each trial."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self._hosts = LocalHosts(directory / "target")
        self._hosts.clean()
        self._target = self._hosts.target
        self._places = (self._target, directory / "state", directory / "before")
        self._kept = directory / "kept"
        self._program = Program(directory, environ, directory / "state")
        self._program.write({**self._hosts.spec, **work.reversible(self._target)})
        self._undone = work.undone(self._target)
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
            raise RuntimeError(f"the undisturbed rollback left {self._files()}")

    def trial(self, seed: int, most: int) -> Trial:
        """Crash one rollback, and what goes on with it, up to ``most`` times."""
        found = Trial(seed, File.name)
        for place in self._places:
            shutil.rmtree(place)
            shutil.copytree(self._kept / place.name, place, symlinks=True)
        began = time.monotonic()
        chain = Chain(
            self._program,
            File(),
            length=self._length,
            nodes=self._nodes,
            truth=self._hosts.has_effect,
            recorded="rollback",
        )
        chain.run(found, ("rollback", "--yes", self._applied), most)
        if self._status() != "rolled-back":
            # Killed at its very end: asking again is what tells the task.
            self._program.run("rollback", "--yes", self._applied)
        if self._status() != "rolled-back":
            found.wrong.append(f"the task that was rolled back is {self._status()}")
        if (files := self._files()) != self._undone:
            found.wrong.append(f"on the hosts there is {files}")
        found.wrong += laws.left(self._program.directory, self._hosts)
        found.wrong += laws.broken_streams(self._program)
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
            raise RuntimeError(f"undisturbed, {arguments[0]} ended with {said.code}: {said.text}")
