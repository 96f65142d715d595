"""Runs the gate: ``gate.py [--full] [TIER …]``. Exits 1 if a step failed.

The two lanes run in parallel, then the rest. A lane that has run its own steps takes the next one
that the lanes share, so that no processor is idle while the other lane works. The output of a step
goes to a file in build/test-results and is printed when its lane ends; until then a line every 30
seconds shows the progress of each lane. A failure in one lane neither stops nor hides the other.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import totals
from tiers import (
    AFTERWARDS,
    ENVIRONMENT,
    LANES,
    RESULTS,
    ROOT,
    SHARED,
    TIERS,
    Step,
    gate,
)

#: Seconds between two lines of progress.
_PROGRESS_INTERVAL = 30
_LOCK = threading.Lock()
_BEGAN = time.monotonic()


def main(arguments: Sequence[str]) -> int:
    """Run the named tiers, or all; return the exit code."""
    full = "--full" in arguments
    named = [word for word in arguments if word != "--full"]
    if unknown := set(named) - set(TIERS):
        sys.exit(f"gate: unknown tier: {', '.join(sorted(unknown))}; available: {', '.join(TIERS)}")
    # SIGINT keeps its inherited disposition. Both signals end the steps, so labs are taken down.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    plan = gate(named, full=full)
    for reason in plan.skipped:
        say(f"skipped: {reason}")
    shared = deque(step for step in plan.steps if step.lane == SHARED)
    lanes = [Lane(name, [s for s in plan.steps if s.lane == name], shared) for name in LANES]
    run_side_by_side([lane for lane in lanes if lane.steps or shared])
    last = Lane(AFTERWARDS, [step for step in plan.steps if step.lane == AFTERWARDS])
    if last.steps:
        run_side_by_side([last])
    done = [outcome for lane in (*lanes, last) for outcome in lane.outcomes]
    notes = [f"skipped: {reason}" for reason in plan.skipped]
    if plan.deferred:
        notes.append(f"left to make test-full: {'; '.join(plan.deferred)}")
    return 0 if totals.show(RESULTS, done, time.monotonic() - _BEGAN, notes) else 1


class Lane:
    """Steps that run in sequence: its own, then those of ``shared`` that no lane has taken yet."""

    def __init__(self, name: str, steps: list[Step], shared: deque[Step] | None = None) -> None:
        self.name = name
        self.steps = steps
        self._shared = deque[Step]() if shared is None else shared
        self.outcomes: list[totals.Outcome] = []
        self._now: Step | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Run every step, even after a failure; then print their output."""
        while (step := self._next()) is not None:
            self._now = step
            say(f"{step.name}: started")
            began, idle = time.monotonic(), idle_seconds()
            code, used = self._run(step)
            took = time.monotonic() - began
            share = (idle_seconds() - idle) / (took * (os.cpu_count() or 1))
            self.outcomes.append(
                totals.Outcome(self.name, step.tier, step.name, took, code, used, share)
            )
            say(f"{step.name}: {'passed' if code == 0 else 'FAILED'} in {totals.minutes(took)}")
        self._now = None
        with _LOCK:
            for step in self.steps:
                print(f"\n===== {step.name}", flush=True)
                sys.stdout.write(log(step).read_text(errors="replace"))
            print(f"===== end of the {self.name} lane\n", flush=True)

    def _next(self) -> Step | None:
        """Return the step to run now; one that is shared becomes one of this lane."""
        if len(self.outcomes) == len(self.steps):
            try:
                self.steps.append(self._shared.popleft())
            except IndexError:
                return None
        return self.steps[len(self.outcomes)]

    def _run(self, step: Step) -> tuple[int, float]:
        """Run a step; return its exit code and the processor seconds of its processes."""
        with log(step).open("wb") as file:
            self._process = subprocess.Popen(
                step.command,
                cwd=ROOT,
                env={**os.environ, **dict(step.env)},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            return self._process.returncode, usage.ru_utime + usage.ru_stime

    def end(self) -> None:
        """Interrupt the running step (SIGTERM if it ignores SIGINT), and start no other."""
        self._shared.clear()
        self.steps = self.steps[: len(self.outcomes) + 1]
        if self._process is not None and self._process.poll() is None:
            ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            self._process.send_signal(signal.SIGTERM if ignored else signal.SIGINT)

    @property
    def progress(self) -> str:
        """The running step, with the last percentage that pytest printed."""
        step = self._now
        if step is None:
            return ""
        found = re.findall(r"\[ *(\d+)%\]", log(step).read_text(errors="replace"))
        return f"{step.name} {found[-1]} %" if found else step.name


def idle_seconds() -> float:
    """Return the seconds for which the machine's processors have been idle so far, in all."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()
    # Behind "cpu": user, nice, system, idle, and waiting for disks.
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


def log(step: Step) -> Path:
    """The file with the output of a step."""
    return RESULTS / f"{step.name}.log"


def run_side_by_side(lanes: list[Lane]) -> None:
    """Run lanes in parallel until all have ended, with a line of progress every half minute."""
    threads = [threading.Thread(target=lane.run, name=lane.name) for lane in lanes]
    for thread in threads:
        thread.start()
    said = time.monotonic()
    try:
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.2)
            if time.monotonic() - said >= _PROGRESS_INTERVAL:
                said = time.monotonic()
                say(" | ".join(lane.progress for lane in lanes if lane.progress))
    except KeyboardInterrupt:
        for lane in lanes:
            lane.end()
        for thread in threads:
            thread.join()
        sys.exit(130)


def say(text: str) -> None:
    """Print a line with the elapsed time."""
    seconds = int(time.monotonic() - _BEGAN)
    with _LOCK:
        print(f"[{seconds // 60:02}:{seconds % 60:02}] {text}", flush=True)


if __name__ == "__main__":
    os.environ.update(ENVIRONMENT)
    # Each of the many processes would compile all its modules again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Ansible gives modules to Python on standard input, which it would read byte by byte.
    os.environ.pop("PYTHONUNBUFFERED", None)
    sys.exit(main(sys.argv[1:]))
