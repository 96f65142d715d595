"""Power failures: everything dies at once, and with it what was not brought to disk."""

from __future__ import annotations

import itertools
import json
import random
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from crash import laws, victims
from crash.chain import Kill, Trial
from crash.databases import File
from crash.disk import Disk
from crash.harness import Harness, Undisturbed
from crash.program import Running, Said

_BOOT = "/proc/sys/kernel/random/boot_id"
#: Runs a command on a machine that was started at another time, as far as it can see.
_STARTED_ANEW = (
    "unshare",
    "--mount",
    "sh",
    "-c",
    f'mount --bind "$1" {_BOOT} && shift && exec "$@"',
    "sh",
)


class PowerFailures:
    """Applies whose machine loses its power; hosts have theirs from elsewhere."""

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
        self._boots = itertools.count()

    def trial(self, seed: int, most: int) -> Trial:
        """Fail an apply, and what goes on with it, up to ``most`` times."""
        found, chance, database = Trial(seed, "SQLite"), random.Random(seed), File()
        self._harness.clean(database)
        chain = self._harness.chain(database)
        first = self._program.apply()
        command, said, began = first, Said(0, ""), time.monotonic()
        for _ in range(2 * most):
            after = chance.uniform(0.02, 0.98) * chain.seconds_left()
            with self._program.start(*command, "--events", "jsonl") as process:
                ended = _wait(process, after)
                shown = 0 if ended else self._fail(process)
                said = process.end()
            found.resumes += command is not first
            if ended:
                found.missed += 1
                chain.judge(found, said)
            else:
                found.kills.append(Kill("power", command[0], after))
                found.wrong += self._lost(shown)
            if chain.is_done() or len(found.kills) >= most:
                break
            command = chain.following(found, first, said)
            if "--yes" not in command:
                said = chain.typed(command)
                chain.judge(found, said)
                command = chain.following(found, first, said)
        chain.finish(found, first)
        wanted = self._harness.undisturbed.state
        found.wrong += laws.broken(
            self._program, self._harness.hosts, wanted, journals_may_lose=True
        )
        self._program.before = ()
        found.seconds = time.monotonic() - began
        return found

    def _fail(self, process: Running) -> int:
        """Take the power from all of it; return the last event that ``wt`` had shown by then."""
        victims.kill_everything(self._program.directory)
        shown = _last_event(process.shown_file)
        process.wait()
        self._disk.fail()
        boot = self._program.directory / f"boot{next(self._boots)}"
        boot.write_text(f"{uuid.uuid4()}\n")
        self._program.before = (*_STARTED_ANEW, str(boot))
        return shown

    def _lost(self, shown: int) -> list[str]:
        """Return what was shown, so said to be on disk, and is not there."""
        task, _ = self._program.last()
        if not task:
            return [f"there were {shown} events and now there is no task"] if shown else []
        with self._program.store() as store:
            stored = sum(1 for _ in store.events(task))
        return [f"{shown} events were shown, {stored} are there"] if stored < shown else []


def _wait(process: Running, seconds: float) -> bool:
    """Wait so long; return whether the process ended meanwhile."""
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    return process.poll() is not None


def _last_event(shown: Path) -> int:
    """Return the highest number of the events in a stream that may break off."""
    highest = 0
    for line in shown.read_bytes().splitlines():
        with suppress(ValueError, KeyError):
            highest = max(highest, int(json.loads(line)["seq"]))
    return highest
