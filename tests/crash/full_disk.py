"""Full disks: ``wt`` reports the cause, loses nothing, and resumes once space is free again."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from pathlib import Path

from crash import invariants
from crash.databases import SqliteFile
from crash.disk import Disk
from crash.harness import Baseline, Harness
from crash.kill_sequence import Kill, Trial
from crash.program import CommandResult

#: How ``wt`` reports a full disk, or the fix for it.
_REPORTED = re.compile("free some space|free space|No space left")


class FullDisk:
    """Runs applies while the disk of WORLDTREE_HOME fills up."""

    def __init__(
        self,
        directory: Path,
        environ: Mapping[str, str],
        disk: Disk,
        baseline: Baseline | None = None,
    ) -> None:
        self._disk = disk
        self._harness = Harness(directory, environ, home=disk.place / "state", baseline=baseline)
        self._program = self._harness.program

    def trial(self, seed: int) -> Trial:
        """Fill the disk once during an apply, then free it and resume."""
        found, chance, database = Trial(seed, "SQLite"), random.Random(seed), SqliteFile()
        self._harness.clean(database)
        chain = self._harness.chain(database)
        first, began = self._program.apply(), time.monotonic()
        after = chance.uniform(0.02, 0.9) * self._harness.baseline.seconds
        with self._program.start(*first) as process:
            while process.poll() is None and time.monotonic() - process.began < after:
                time.sleep(0.02)
            while process.poll() is None:
                self._disk.fill()
                time.sleep(0.05)
            said = process.end()
        found.kills.append(Kill("disk", "apply", after))
        if said.code != 0:
            # 3 where what failed is only some hosts' work.
            self._check_reported(found, "apply", said, (1, 3))
            found.wrong += invariants.leftover_processes(
                self._program.directory, self._harness.hosts
            )
            self._disk.fill()
            said = self._program.run("resume", "--yes")
            if said.code == 4:  # It asks about work in doubt before it writes anything.
                said = chain.run_answering(chain.next_command(found, first, said))
            self._check_reported(found, "resume", said, (1,))
        self._disk.empty()
        chain.finish(found, first)
        wanted = self._harness.baseline.state
        found.wrong += invariants.violations(self._program, self._harness.hosts, wanted)
        found.seconds = time.monotonic() - began
        return found

    def _check_reported(
        self, found: Trial, command: str, said: CommandResult, codes: tuple[int, ...]
    ) -> None:
        if said.is_defect or said.code not in codes or not _REPORTED.search(said.text):
            found.wrong.append(
                f"on a full disk, {command} exited with {said.code}: {said.text[-1500:]}"
            )
