"""Runs a command and reports how long a URL did not answer because of it.

Usage: outage.py URL SECONDS COMMAND...  Asks every 0.1 s while the command runs and until SECONDS
have passed since; prints JSON: answers, failures, the longest gap between two answers in seconds,
and the distinct answers.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request


def ask(url: str) -> str | None:
    """The page's text, or None when it does not come within a second."""
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return str(answer.read().decode().strip())
    except OSError:
        return None


def main(url: str, seconds: float, command: list[str]) -> None:
    """Ask, run, go on asking, report."""
    answers: set[str] = set()
    counts = {"answers": 0, "failures": 0}
    longest = 0.0
    if ask(url) is None:
        sys.exit(f"{url} does not answer even before the command")
    last = time.monotonic()
    process = subprocess.Popen(command)
    ended: float | None = None
    while ended is None or time.monotonic() - ended < seconds:
        if ended is None and process.poll() is not None:
            ended = time.monotonic()
        page = ask(url)
        now = time.monotonic()
        if page is None:
            counts["failures"] += 1
        else:
            counts["answers"] += 1
            answers.add(page)
            longest, last = max(longest, now - last), now
        time.sleep(0.1)
    if process.returncode != 0:
        sys.exit(f"the command ended with {process.returncode}")
    longest = max(longest, time.monotonic() - last)
    print(json.dumps({**counts, "gap": round(longest, 2), "pages": sorted(answers)}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
