"""Cancels an apply at random moments, by Ctrl-C or ``wt cancel``; no process may remain."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from crash import processes, workload
from crash.hosts import LocalHosts
from crash.kill_sequence import Kill, Trial
from crash.program import Program, Running

#: Seconds within which all processes must have ended.
LIMIT = 5.0
#: Seconds after which the trial stops waiting for processes that remain.
_PATIENCE = 30.0
#: The latest moment of a cancel, in seconds after the start; by then all hosts are working.
_LONGEST = 7.0
#: The error of a Python interpreter that is interrupted before it runs our code; it exits with 1.
_INTERPRETER_START = "Fatal Python error: init"
METHODS = ("Ctrl-C", "wt cancel")


class Cancels:
    """Cancels applies whose steps take minutes."""

    def __init__(
        self, directory: Path, environ: Mapping[str, str], hosts: LocalHosts | None = None
    ) -> None:
        self._hosts = hosts or LocalHosts(directory)
        self._program = Program(directory, environ, directory / "state")
        self._program.write({**self._hosts.spec, **workload.long_running()})

    def trial(self, seed: int) -> Trial:
        """Cancel one apply; ``Trial.seconds`` is the time until no process was left."""
        found, chance = Trial(seed, "SQLite"), random.Random(seed)
        way, moment = chance.choice(METHODS), chance.uniform(0.05, _LONGEST)
        with self._program.start(*self._program.apply()) as process:
            while time.monotonic() - process.began < moment and process.poll() is None:
                time.sleep(0.01)
            there = processes.by_part(self._program.home, process.pid)
            phase = "working" if there["playbook"] else "starting"
            found.kills.append(Kill(way, phase, moment))
            with self._cancelling(way, process) as asker:
                found.seconds, left = self._until_gone(asker)
            if found.seconds > LIMIT:
                found.wrong.append(f"processes ended only after {found.seconds:.1f} s; {left}")
            processes.kill_everything(self._program.directory)
            said = process.end()
        in_startup = said.code == 1 and said.text.startswith(_INTERPRETER_START)
        if not in_startup and (said.code != 130 or said.is_defect):
            found.wrong.append(f"wt exited with {said.code}: {said.text[-1500:]}")
        return found

    def _until_gone(self, asker: int) -> tuple[float, str]:
        """Return the seconds until only ``asker`` was left, and the processes still alive."""
        began = time.monotonic()
        while True:
            here = [p for p in processes.with_home(self._program.directory) if p.pid != asker]
            alive = [f"{p.pid} {p.words[:100]}" for p in here] or self._hosts.left()
            seconds = time.monotonic() - began
            if not alive or seconds > _PATIENCE:
                return seconds, "; ".join(alive)
            time.sleep(0.05)

    @contextmanager
    def _cancelling(self, way: str, process: Running) -> Iterator[int]:
        """Cancel; yield the pid of ``wt cancel`` (0 for Ctrl-C) once ``wt`` acknowledges it."""
        if way == "Ctrl-C":
            # A terminal sends SIGINT to its whole foreground process group.
            os.killpg(process.pid, signal.SIGINT)
            yield 0
            return
        while process.poll() is None:
            with self._program.start("cancel") as asker:
                while asker.poll() is None and not self._acknowledged(process):
                    time.sleep(0.02)
                if self._acknowledged(process):
                    yield asker.pid
                    asker.end()
                    return
            time.sleep(0.1)  # No task existed yet, so there was nothing to cancel.
        yield 0

    def _acknowledged(self, process: Running) -> bool:
        return process.poll() is not None or b"ending the task" in process.stderr_file.read_bytes()
