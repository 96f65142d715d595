"""Prints the totals of all tiers from their JUnit files; exits 1 when a test failed or none ran."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

COUNTS = ("tests", "failures", "errors", "skipped")


def main(directory: Path) -> int:
    """Print one line per file and a sum."""
    total = dict.fromkeys(COUNTS, 0)
    seconds = 0.0
    for file in sorted(directory.glob("*.xml")):
        suites = list(ElementTree.parse(file).getroot().iter("testsuite"))
        counts = {key: sum(int(s.get(key, 0)) for s in suites) for key in COUNTS}
        took = sum(float(s.get("time", 0)) for s in suites)
        print(line(file.stem, counts, took))
        total = {key: total[key] + counts[key] for key in COUNTS}
        seconds += took
    print(line("total", total, seconds))
    return 0 if total["tests"] and not total["failures"] + total["errors"] else 1


def line(name: str, counts: dict[str, int], seconds: float) -> str:
    """One line such as ``unit.venv  120 tests, 120 passed, 0 failed, 0 skipped in 12 s``."""
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    return (
        f"{name:18} {counts['tests']:5} tests, {passed} passed, {failed} failed,"
        f" {counts['skipped']} skipped in {seconds:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
