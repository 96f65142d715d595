"""``python -m chaos``: runs a trial and prints its report."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import asdict, fields, replace
from pathlib import Path

from chaos.trial import FULL, SHORT, Size, Trial
from unit.store import postgres


def main() -> int:
    """Run one trial; return 1 when something was lost or done twice."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the size of the gate")
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--clusters", type=int)
    parser.add_argument("--tasks", type=int)
    parser.add_argument("--disturbances", type=int, help="random rounds of them")
    parser.add_argument(
        "--outage", type=float, help="of workers, in seconds: more on a busy machine"
    )
    parser.add_argument("--seconds", type=float, help="of a step")
    parser.add_argument("--limit", type=float, help="seconds until all tasks must have ended")
    parser.add_argument("--keep", action="store_true", help="leave the directory with the logs")
    given = vars(parser.parse_args())
    base = SHORT if given["short"] else FULL
    names = [one.name for one in fields(Size) if one.name in given]
    size = replace(base, **{name: given[name] for name in names if given[name] is not None})
    place = Path(tempfile.mkdtemp(prefix="wt-chaos-"))
    print(f"logs are below {place}")
    with postgres.running(durable=True) as server:
        report = Trial(place, size, given["seed"], server).run()
    for name, value in asdict(report).items():
        print(f"{name}: {value}", flush=True)
    if not given["keep"] and not report.problems:
        shutil.rmtree(place, ignore_errors=True)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
