"""Power failures: all processes die at once, and data that was not synced is lost."""

from __future__ import annotations

import itertools
import json
import random
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from crash import invariants, processes
from crash.databases import SqliteFile
from crash.disk import Disk
from crash.harness import Baseline, Harness
from crash.kill_sequence import Kill, Trial
from crash.program import CommandResult, Running

_BOOT = "/proc/sys/kernel/random/boot_id"
#: Prefix that runs a command with another boot id, as after a reboot.
_REBOOTED = (
    "unshare",
    "--mount",
    "sh",
    "-c",
    f'mount --bind "$1" {_BOOT} && shift && exec "$@"',
    "sh",
)


class PowerFailures:
    """Runs applies whose control machine loses power; the hosts keep theirs."""

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
        self._boots = itertools.count()

    def trial(self, seed: int, most: int) -> Trial:
        """Cut the power during an apply and the resumes after it, up to ``most`` times."""
        found, chance, database = Trial(seed, "SQLite"), random.Random(seed), SqliteFile()
        self._harness.clean(database)
        chain = self._harness.chain(database)
        first = self._program.apply()
        command, said, began = first, CommandResult(0, ""), time.monotonic()
        for _ in range(2 * most):
            after = chance.uniform(0.02, 0.98) * chain.seconds_left()
            with self._program.start(*command, "--events", "jsonl") as process:
                ended = _wait(process, after)
                shown = 0 if ended else self._fail(process)
                said = process.end()
            found.resumes += command is not first
            if ended:
                found.missed += 1
                chain.check_for_defect(found, said)
            else:
                found.kills.append(Kill("power", command[0], after))
                found.wrong += self._lost(shown)
            if chain.is_done() or len(found.kills) >= most:
                break
            command = chain.next_command(found, first, said)
            if "--yes" not in command:
                said = chain.run_answering(command)
                chain.check_for_defect(found, said)
                command = chain.next_command(found, first, said)
        chain.finish(found, first)
        wanted = self._harness.baseline.state
        found.wrong += invariants.violations(
            self._program, self._harness.hosts, wanted, journals_may_lose=True
        )
        self._program.before = ()
        found.seconds = time.monotonic() - began
        return found

    def _fail(self, process: Running) -> int:
        """Cut the power; return the number of the last event that ``wt`` had printed."""
        processes.kill_everything(self._program.directory)
        shown = _last_event(process.stdout_file)
        process.wait()
        self._disk.fail()
        boot = self._program.directory / f"boot{next(self._boots)}"
        boot.write_text(f"{uuid.uuid4()}\n")
        self._program.before = (*_REBOOTED, str(boot))
        return shown

    def _lost(self, shown: int) -> list[str]:
        """Return a message if ``wt`` had printed events that are not in the database."""
        task, _ = self._program.last()
        if not task:
            return [f"{shown} events were printed, but the task is gone"] if shown else []
        with self._program.store() as store:
            stored = sum(1 for _ in store.events(task))
        return [f"{shown} events were printed, {stored} are stored"] if stored < shown else []


def _wait(process: Running, seconds: float) -> bool:
    """Wait up to ``seconds``; return whether the process has ended."""
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    return process.poll() is not None


def _last_event(shown: Path) -> int:
    """Return the highest event number in a stream whose last line may be incomplete."""
    highest = 0
    for line in shown.read_bytes().splitlines():
        with suppress(ValueError, KeyError):
            highest = max(highest, int(json.loads(line)["seq"]))
    return highest
