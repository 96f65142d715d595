"""``python -m scenarios``: run the scenarios that have something new to prove, or those named.

``--all`` runs all of them. ``--list`` runs none: it prints a line per scenario, with the parts of
the tree, after a tab, that changed since its newest green run.
"""

from __future__ import annotations

import sys

from lab import tools
from scenarios import digest
from scenarios.runner import ScenarioError, changes, run


def main(arguments: list[str]) -> int:
    """Run scenarios one after the other; return 1 when one fails or does not exist."""
    changed = changes()
    if arguments == ["--list"]:
        for name, parts in changed.items():
            print(f"{name}\t{', '.join(parts)}")
        return 0
    if reason := tools.unavailable():
        print(f"skipped: molecule scenarios: {reason}")
        return 0
    new = [name for name, parts in changed.items() if parts]
    names = list(changed) if arguments == ["--all"] else arguments or new
    failed = [name for name in names if not _passes(name)]
    print(f"scenarios: {len(names) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def _passes(name: str) -> bool:
    if name not in digest.scenarios():
        print(f"{name}: there is no such scenario")
        return False
    try:
        record = run(name)
    except ScenarioError as error:
        print(f"{name}: failed\n{error}")
        return False
    print(f"{name}: passed in {record.seconds} s", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
