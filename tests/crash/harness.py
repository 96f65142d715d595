"""Applies that are crashed: the place where it happens, and what must hold afterwards."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crash import laws, victims, work
from crash.chain import Chain, Trial
from crash.databases import File
from crash.hosts import LocalHosts
from crash.program import Program


@dataclass(frozen=True)
class Undisturbed:
    """An apply without a crash: what every other one must come to."""

    seconds: float
    state: dict[str, Any]


class Harness:
    """Crashes applies of one document, in a directory of its own."""

    def __init__(
        self,
        directory: Path,
        environ: Mapping[str, str],
        databases: Sequence[File] = (File(),),
        home: Path | None = None,
        undisturbed: Undisturbed | None = None,
        hosts: LocalHosts | None = None,
    ) -> None:
        """Trials take ``databases`` in turn, by their seeds; ``home`` is below ``directory``.

        Without ``undisturbed`` an apply is made to find it, without ``hosts`` it is this machine.
        """
        self.hosts = hosts or LocalHosts(directory / "target")
        self.program = Program(directory, environ, home or directory / "state")
        self.program.write({**self.hosts.spec, **work.steps(self.hosts.target)})
        self._databases = databases
        self.undisturbed = undisturbed or self._undisturbed()

    def _undisturbed(self) -> Undisturbed:
        self.clean(File())
        began = time.monotonic()
        said = self.program.run(*self.program.apply())
        took = time.monotonic() - began
        if said.code != 0:
            raise RuntimeError(f"the undisturbed apply ended with {said.code}: {said.text}")
        return Undisturbed(took, laws.state(self.program, self.hosts))

    def trial(self, seed: int, most: int) -> Trial:
        """Crash an apply, and what goes on with it, up to ``most`` times."""
        database = self._databases[seed % len(self._databases)]
        found = Trial(seed, database.name)
        self.clean(database)
        chain = self.chain(database)
        began = time.monotonic()
        try:
            chain.run(found, self.program.apply(), most)
            found.wrong += laws.broken(self.program, self.hosts, self.undisturbed.state)
        except subprocess.TimeoutExpired as hung:
            found.wrong.append(f"it hangs: {hung}")
            victims.kill_everything(self.program.directory)
        found.seconds = time.monotonic() - began
        return found

    def chain(self, database: File) -> Chain:
        """Return what goes on with applies that were cut off."""
        return Chain(
            self.program,
            database,
            length=self.undisturbed.seconds,
            nodes=sum(map(len, self.undisturbed.state["nodes"].values())),
            truth=self.hosts.has_effect,
        )

    def clean(self, database: File) -> None:
        """Forget everything, on hosts too."""
        self.hosts.clean()
        shutil.rmtree(self.program.home, ignore_errors=True)
        self.program.url = database.fresh()
