"""A disk that fills up: it is told, nothing is lost, and with room again the work goes on."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from pathlib import Path

from crash import laws
from crash.chain import Kill, Trial
from crash.databases import File
from crash.disk import Disk
from crash.harness import Harness, Undisturbed
from crash.program import Said

#: How a full disk is told, or what to do about it.
_TOLD = re.compile("free some space|free space|No space left")


class FullDisk:
    """Applies whose WORLDTREE_HOME fills up."""

    def __init__(
        self,
        directory: Path,
        environ: Mapping[str, str],
        disk: Disk,
        undisturbed: Undisturbed | None = None,
    ) -> None:
        self._disk = disk
        self._harness = Harness(
            directory, environ, home=disk.place / "state", undisturbed=undisturbed
        )
        self._program = self._harness.program

    def trial(self, seed: int) -> Trial:
        """Fill the disk once."""
        found, chance, database = Trial(seed, "SQLite"), random.Random(seed), File()
        self._harness.clean(database)
        chain = self._harness.chain(database)
        first, began = self._program.apply(), time.monotonic()
        after = chance.uniform(0.02, 0.9) * self._harness.undisturbed.seconds
        with self._program.start(*first) as process:
            while process.poll() is None and time.monotonic() - process.began < after:
                time.sleep(0.02)
            while process.poll() is None:
                self._disk.fill()
                time.sleep(0.05)
            said = process.end()
        found.kills.append(Kill("disk", "apply", after))
        if said.code != 0:
            self._must_tell(found, "apply", said)
            found.wrong += laws.left(self._program.directory, self._harness.hosts)
            self._disk.fill()
            self._must_tell(found, "resume", self._program.run("resume", "--yes"))
        self._disk.empty()
        chain.finish(found, first)
        wanted = self._harness.undisturbed.state
        found.wrong += laws.broken(self._program, self._harness.hosts, wanted)
        found.seconds = time.monotonic() - began
        return found

    def _must_tell(self, found: Trial, command: str, said: Said) -> None:
        if said.is_defect or said.code != 1 or not _TOLD.search(said.text):
            found.wrong.append(
                f"on a full disk {command} ended with {said.code}: {said.text[-1500:]}"
            )
