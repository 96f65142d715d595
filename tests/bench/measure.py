"""Times commands as whole processes: wall clock, CPU of the process tree, peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

#: The directory with the programs of this environment.
PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Sample:
    """One finished process: seconds, seconds of CPU with its children, peak KiB of the largest."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, its directory and environment, and an untimed action before each run."""

    line: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    before: Callable[[], Mapping[str, str]] = dict
    """Returns variables for this run only."""

    def run(self) -> Sample:
        """Run it and wait for its end. Raises ``RuntimeError`` with its output when it fails."""
        env = {**self.env, **self.before()}
        line = [str(PROGRAMS / self.line[0]), *self.line[1:]]
        with (self.cwd / ".bench-output").open("w+b") as output:
            began = time.perf_counter()
            process = subprocess.Popen(
                line, cwd=self.cwd, env=env, stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                output.seek(0)
                tail = output.read()[-3000:].decode(errors="replace")
                msg = f"{' '.join(line)} exited with {process.returncode}:\n{tail}"
                raise RuntimeError(msg)
        (self.cwd / ".bench-output").unlink()
        return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def run_in_turn(*commands: Command, rounds: int, warm_up: bool = True) -> list[list[Sample]]:
    """Run the commands in turn, so that changes of the machine's speed affect all of them alike."""
    samples: list[list[Sample]] = [[] for _ in commands]
    for turn in range(rounds + warm_up):
        for command, found in zip(commands, samples, strict=True):
            sample = command.run()
            if turn >= warm_up:
                found.append(sample)
    return samples


def median_sample(samples: Sequence[Sample]) -> Sample:
    """Return the median of each figure."""
    return Sample(
        median(s.wall for s in samples),
        median(s.cpu for s in samples),
        int(median(s.peak for s in samples)),
    )


def ratio(left: Sequence[Sample], right: Sequence[Sample]) -> float:
    """Return the median of the wall-clock ratios, pair by pair."""
    return median(a.wall / b.wall for a, b in zip(left, right, strict=True))


def environment(home: Path, *more: Path) -> dict[str, str]:
    """Return the environment of measured programs: code and content of this checkout."""
    names = ("HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "ANSIBLE_COLLECTIONS_PATH", "PYTHONPATH")
    found = {name: os.environ[name] for name in names if name in os.environ}
    # As in the shell of a user; `make` adds the tests to the path, which users do not have.
    found["PATH"] = os.pathsep.join([str(PROGRAMS), *map(str, more), os.environ["PATH"]])
    found.setdefault("LANG", "C.UTF-8")
    found["WORLDTREE_HOME"] = str(home)
    return found
