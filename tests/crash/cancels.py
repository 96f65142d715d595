"""Cancels at random moments, by Ctrl-C and from another terminal: soon nothing is left alive."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from crash import victims, work
from crash.chain import Kill, Trial
from crash.hosts import LocalHosts
from crash.program import Program, Running

#: Seconds after which nothing may be left.
LIMIT = 5.0
#: Seconds after which nobody waits for what is left.
_PATIENCE = 30.0
#: Seconds within which the moments lie: from the start of the program to work on all hosts.
_LONGEST = 7.0
#: What Python says when it is interrupted before it comes to any program of ours, and ends with 1.
_UNBORN = "Fatal Python error: init"
WAYS = ("Ctrl-C", "wt cancel")


class Cancels:
    """Cancels applies whose steps would take minutes."""

    def __init__(
        self, directory: Path, environ: Mapping[str, str], hosts: LocalHosts | None = None
    ) -> None:
        self._hosts = hosts or LocalHosts(directory)
        self._program = Program(directory, environ, directory / "state")
        self._program.write({**self._hosts.spec, **work.lasting()})

    def trial(self, seed: int) -> Trial:
        """Cancel one apply; its seconds are those until nothing was left."""
        found, chance = Trial(seed, "SQLite"), random.Random(seed)
        way, moment = chance.choice(WAYS), chance.uniform(0.05, _LONGEST)
        with self._program.start(*self._program.apply()) as process:
            while time.monotonic() - process.began < moment and process.poll() is None:
                time.sleep(0.01)
            there = victims.by_part(self._program.home, process.pid)
            phase = "working" if there["playbook"] else "starting"
            found.kills.append(Kill(way, phase, moment))
            with self._asked(way, process) as asker:
                found.seconds, left = self._until_gone(asker)
            if found.seconds > LIMIT:
                found.wrong.append(f"nothing was left after {found.seconds:.1f} s only; {left}")
            victims.kill_everything(self._program.directory)
            said = process.end()
        unborn = said.code == 1 and said.text.startswith(_UNBORN)
        if not unborn and (said.code != 130 or said.is_defect):
            found.wrong.append(f"wt ended with {said.code}: {said.text[-1500:]}")
        return found

    def _until_gone(self, asker: int) -> tuple[float, str]:
        """Return after how many seconds nobody but ``asker`` was left, and who still was."""
        began = time.monotonic()
        while True:
            here = [p for p in victims.of_home(self._program.directory) if p.pid != asker]
            alive = [f"{p.pid} {p.words[:100]}" for p in here] or self._hosts.left()
            seconds = time.monotonic() - began
            if not alive or seconds > _PATIENCE:
                return seconds, "; ".join(alive)
            time.sleep(0.05)

    @contextmanager
    def _asked(self, way: str, process: Running) -> Iterator[int]:
        """Ask for the end, and go on once ``wt`` was told; yields the process that asked."""
        if way == "Ctrl-C":
            # A terminal sends it to all of its foreground.
            os.killpg(process.pid, signal.SIGINT)
            yield 0
            return
        while process.poll() is None:
            with self._program.start("cancel") as asker:
                while asker.poll() is None and not self._is_told(process):
                    time.sleep(0.02)
                if self._is_told(process):
                    yield asker.pid
                    asker.end()
                    return
            time.sleep(0.1)  # There was no task yet, so there was nothing to cancel.
        yield 0

    def _is_told(self, process: Running) -> bool:
        return process.poll() is not None or b"ending the task" in process.said_file.read_bytes()
