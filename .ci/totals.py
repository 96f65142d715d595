"""Prints the totals of a gate run: tests and minutes per step, minutes per lane and overall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True)
class Outcome:
    """A finished step."""

    lane: str
    tier: str
    name: str
    seconds: float
    code: int
    #: Processor seconds of its processes that have ended; not of hosts of the lab, or of what
    #: belongs to no process of the step any more.
    processor_seconds: float = 0.0
    #: The share of the machine's processor time that nobody used meanwhile, from 0 to 1.
    idle: float = 0.0


@dataclass
class Counts:
    """Number of tests by outcome."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0


def show(results: Path, done: Sequence[Outcome], seconds: float, notes: Sequence[str] = ()) -> bool:
    """Print the totals, with ``notes`` before the last line.

    Returns whether all steps and tests passed. ``results`` is the directory with the JUnit files of
    the steps, ``seconds`` the duration of the whole run.
    """
    total = Counts()
    print("step                     minutes   passed  failed  skipped  processor    idle")
    for one in done:
        counts = read(results / f"{one.name}.xml")
        total.passed += counts.passed
        total.failed += counts.failed
        total.skipped += counts.skipped
        print(
            f"{one.name:24} {minutes(one.seconds):>7} {counts.passed:8} {counts.failed:7}"
            f" {counts.skipped:8} {minutes(one.processor_seconds):>10} {one.idle:>7.0%}"
            f"{'' if one.code == 0 else f'  FAILED (exit code {one.code})'}"
        )
    print()
    for lane in dict.fromkeys(one.lane for one in done):
        whole = sum(one.seconds for one in done if one.lane == lane)
        print(f"{lane + ' lane':24} {minutes(whole):>7}")
    print(f"{'all':24} {minutes(seconds):>7}")
    print()
    for note in notes:
        print(note)
    bad = [one.name for one in done if one.code != 0]
    if bad:
        print(f"FAILED: {', '.join(bad)}")
    print(
        f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped"
        f" in {minutes(seconds)} minutes"
    )
    return bool(done) and not bad and not total.failed


def read(file: Path) -> Counts:
    """Count the tests of a JUnit file; all zero if the step writes no such file."""
    found = Counts()
    if not file.exists():
        return found
    for suite in ElementTree.parse(file).getroot().iter("testsuite"):
        number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
        failed = number["failures"] + number["errors"]
        found.failed += failed
        found.skipped += number["skipped"]
        found.passed += number["tests"] - failed - number["skipped"]
    return found


def minutes(seconds: float) -> str:
    """Minutes and seconds, such as ``3:07``."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"
