"""``python -m crash --kills 300``: prints what every trial came to; exit code 1 when one lost."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from crash import databases, disk
from crash.cancels import Cancels
from crash.chain import Trial
from crash.full_disk import FullDisk
from crash.harness import Harness, Undisturbed
from crash.hosts import LabHosts, NoLabError, lab
from crash.page import PAGE, Kind, write
from crash.power import PowerFailures
from crash.rollbacks import Rollbacks
from interruptible import heed_interrupts
from unit.store.postgres import NoPostgresError


def main() -> int:
    """Run the trials that were asked for, kind by kind; what is left out is told in a line."""
    asked = _parser().parse_args()
    heed_interrupts()
    done: list[Kind] = []
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wt-crash-")))
        like = _undisturbed(root) if asked.kills or asked.power or asked.full_disks else None
        in_lab = cache(lambda: stack.enter_context(lab()))
        kinds: dict[str, tuple[int, Callable[[Path], Callable[[int], Trial]]]] = {
            "kills of an apply": (asked.kills, lambda d: _applies(d, stack, asked.chain, like)),
            "kills of an apply over SSH": (
                asked.ssh_kills,
                lambda d: _applies_over_ssh(d, in_lab(), asked.chain),
            ),
            "kills of a rollback": (asked.rollbacks, lambda d: _rollbacks(d, asked.chain)),
            "power failures": (asked.power, lambda d: _power(d, stack, like)),
            "full disks": (asked.full_disks, lambda d: _full_disks(d, stack, like)),
            "cancels": (asked.cancels, lambda d: Cancels(d, os.environ).trial),
            "cancels over SSH": (
                asked.ssh_cancels,
                lambda d: Cancels(d, os.environ, in_lab()).trial,
            ),
        }
        for number, (kind, (count, make)) in enumerate(kinds.items()):
            if not count:
                continue
            directory = root / str(number)
            directory.mkdir()
            try:
                trial = make(directory)
            except (disk.NoDiskError, NoLabError) as why:
                print(f"{kind}: left out: {why}", flush=True)
                continue
            print(f"{kind}: at least {count}", flush=True)
            done.append(_told(kind, _trials(trial, asked.seed, count)))
    if asked.write:
        write(done, asked.seed)
        print(f"wrote {PAGE}", file=sys.stderr)
    return 1 if any(kind.wrong for kind in done) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="crash")
    parser.add_argument("--kills", type=int, default=0, help="of applies, and of their resumes")
    parser.add_argument("--ssh-kills", type=int, default=0, help="of applies to hosts of a lab")
    parser.add_argument("--ssh-cancels", type=int, default=0, help="of applies to a lab's hosts")
    parser.add_argument("--rollbacks", type=int, default=0, help="kills of rollbacks")
    parser.add_argument("--power", type=int, default=0, help="power failures")
    parser.add_argument("--full-disks", type=int, default=0)
    parser.add_argument("--cancels", type=int, default=0)
    parser.add_argument("--chain", type=int, default=5, help="kills in one trial at most")
    parser.add_argument("--seed", type=int, default=1, help="of the first trial of each kind")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    return parser


def _undisturbed(root: Path) -> Undisturbed:
    directory = root / "undisturbed"
    directory.mkdir()
    found = Harness(directory, os.environ).undisturbed
    print(f"undisturbed: {found.seconds:.1f} s, {len(found.state['nodes'])} nodes", flush=True)
    return found


def _applies(
    directory: Path, stack: ExitStack, most: int, like: Undisturbed | None
) -> Callable[[int], Trial]:
    known: list[databases.File] = [databases.File()]
    try:
        known.append(stack.enter_context(databases.server(directory / "server")))
    except NoPostgresError as why:
        print(f"PostgreSQL as a victim: left out: {why}", flush=True)
    harness = Harness(directory, os.environ, known, undisturbed=like)
    return lambda seed: harness.trial(seed, most)


def _applies_over_ssh(directory: Path, hosts: LabHosts, most: int) -> Callable[[int], Trial]:
    harness = Harness(directory, os.environ, hosts=hosts)
    print(f"undisturbed over SSH: {harness.undisturbed.seconds:.1f} s", flush=True)
    return lambda seed: harness.trial(seed, most)


def _rollbacks(directory: Path, most: int) -> Callable[[int], Trial]:
    rollbacks = Rollbacks(directory, os.environ)
    return lambda seed: rollbacks.trial(seed, most)


def _power(directory: Path, stack: ExitStack, like: Undisturbed | None) -> Callable[[int], Trial]:
    found = PowerFailures(directory, os.environ, stack.enter_context(disk.disk(directory)), like)
    return lambda seed: found.trial(seed, 3)


def _full_disks(
    directory: Path, stack: ExitStack, like: Undisturbed | None
) -> Callable[[int], Trial]:
    return FullDisk(directory, os.environ, stack.enter_context(disk.disk(directory)), like).trial


def _trials(trial: Callable[[int], Trial], seed: int, count: int) -> Iterator[Trial]:
    """Make trials until there were so many kills; one that hit nothing is none."""
    kills = 0
    while kills < count:
        found = trial(seed)
        kills += len(found.kills)
        seed += 1
        yield found


def _told(name: str, trials: Iterator[Trial]) -> Kind:
    """Print each trial, and all of them in the end."""
    began = time.monotonic()
    done: list[Trial] = []
    for found in trials:
        done.append(found)
        kills = ", ".join(map(str, found.kills)) or "no kill"
        told = "; ".join(found.wrong) or "well"
        print(f"seed {found.seed} ({found.database}, {found.seconds:.1f} s): {kills}: {told}")
        sys.stdout.flush()
    kind = Kind(name, done, time.monotonic() - began)
    print(" | ".join(kind.row))
    for (phase, part), number in sorted(kind.parts().items()):
        print(f"  {phase}: {number} × {part}")
    return kind


if __name__ == "__main__":
    sys.exit(main())
