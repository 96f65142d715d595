"""``python -m crash --kills 300``: prints what every crash came to; exit code 1 when one lost."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from crash.harness import Harness


def main() -> int:
    """Run the crashes."""
    parser = argparse.ArgumentParser(prog="crash")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="of the first crash")
    asked = parser.parse_args()
    wrong = 0
    parts: Counter[str] = Counter()
    resumes = doubts = 0
    with tempfile.TemporaryDirectory(prefix="wt-crash-") as directory:
        harness = Harness(Path(directory), os.environ)
        length, expected = harness.undisturbed()
        print(f"undisturbed: {length:.1f} s, {len(expected['nodes'])} nodes", flush=True)
        for seed in range(asked.seed, asked.seed + asked.kills):
            found = harness.crash(seed, length, expected)
            parts[found.part] += 1
            resumes, doubts = resumes + found.resumes, doubts + found.doubts
            wrong += bool(found.wrong)
            told = "; ".join(found.wrong) or "well"
            print(
                f"seed {seed}: {found.part} killed after {found.after:.2f} s, "
                f"{found.resumes} resumes: {told}",
                flush=True,
            )
    killed = ", ".join(f"{count} {part}" for part, count in sorted(parts.items()))
    print(f"{asked.kills} crashes ({killed}), {resumes} resumes, {doubts} in doubt, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
