"""``python -m crash --kills 300``: prints the outcome of every trial; exits 1 if a check failed."""

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
from crash.full_disk import FullDisk
from crash.harness import Baseline, Harness
from crash.hosts import LabHosts, LabUnavailableError, lab
from crash.kill_sequence import Trial
from crash.power_failures import PowerFailures
from crash.report import PAGE, TrialGroup, write_section
from crash.roles import Roles
from crash.rollbacks import Rollbacks
from interruptible import heed_interrupts
from unit.store.postgres import NoPostgresError


def main() -> int:
    """Run the requested trials, group by group; print one line for each group that is skipped."""
    options = _parser().parse_args()
    heed_interrupts()
    done: list[TrialGroup] = []
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wt-crash-")))
        baseline = (
            _measure_baseline(root)
            if options.kills or options.power or options.full_disks
            else None
        )
        in_lab = cache(lambda: stack.enter_context(lab()))
        kinds: dict[str, tuple[int, Callable[[Path], Callable[[int], Trial]]]] = {
            "kills of an apply": (
                options.kills,
                lambda d: _applies(d, stack, options.chain, baseline),
            ),
            "kills of an apply over SSH": (
                options.ssh_kills,
                lambda d: _applies_over_ssh(d, in_lab(), options.chain),
            ),
            "kills of a rollback": (options.rollbacks, lambda d: _rollbacks(d, options.chain)),
            "kills of an apply of roles": (options.roles, lambda d: _roles(d, options.chain)),
            "power failures": (options.power, lambda d: _power(d, stack, baseline)),
            "full disks": (options.full_disks, lambda d: _full_disks(d, stack, baseline)),
            "cancels": (options.cancels, lambda d: Cancels(d, os.environ).trial),
            "cancels over SSH": (
                options.ssh_cancels,
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
            except (disk.DiskUnavailableError, LabUnavailableError) as reason:
                print(f"{kind}: skipped: {reason}", flush=True)
                continue
            print(f"{kind}: at least {count}", flush=True)
            done.append(_run_group(kind, _trials(trial, options.seed, count)))
    if options.write:
        write_section(done, options.seed)
        print(f"wrote {PAGE}", file=sys.stderr)
    return 1 if any(kind.wrong for kind in done) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="crash")
    parser.add_argument(
        "--kills", type=int, default=0, help="kills of applies and of the resumes that follow"
    )
    parser.add_argument(
        "--ssh-kills", type=int, default=0, help="kills of applies to lab hosts over SSH"
    )
    parser.add_argument(
        "--ssh-cancels", type=int, default=0, help="cancels of applies to lab hosts over SSH"
    )
    parser.add_argument("--rollbacks", type=int, default=0, help="kills of rollbacks")
    parser.add_argument(
        "--roles", type=int, default=0, help="kills of applies of roles that learn and notify"
    )
    parser.add_argument("--power", type=int, default=0, help="power failures")
    parser.add_argument("--full-disks", type=int, default=0, help="applies on a full disk")
    parser.add_argument("--cancels", type=int, default=0, help="cancels of applies")
    parser.add_argument("--chain", type=int, default=5, help="maximum number of kills in one trial")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first trial of each group")
    parser.add_argument(
        "--write", action="store_true", help="write the results to docs/benchmarks.md"
    )
    return parser


def _measure_baseline(root: Path) -> Baseline:
    directory = root / "undisturbed"
    directory.mkdir()
    found = Harness(directory, os.environ).baseline
    print(f"undisturbed: {found.seconds:.1f} s, {len(found.state['nodes'])} nodes", flush=True)
    return found


def _applies(
    directory: Path, stack: ExitStack, most: int, baseline: Baseline | None
) -> Callable[[int], Trial]:
    known: list[databases.SqliteFile] = [databases.SqliteFile()]
    try:
        known.append(stack.enter_context(databases.server(directory / "server")))
    except NoPostgresError as reason:
        print(f"kills of PostgreSQL: skipped: {reason}", flush=True)
    harness = Harness(directory, os.environ, known, baseline=baseline)
    return lambda seed: harness.trial(seed, most)


def _applies_over_ssh(directory: Path, hosts: LabHosts, most: int) -> Callable[[int], Trial]:
    harness = Harness(directory, os.environ, hosts=hosts)
    print(f"undisturbed over SSH: {harness.baseline.seconds:.1f} s", flush=True)
    return lambda seed: harness.trial(seed, most)


def _rollbacks(directory: Path, most: int) -> Callable[[int], Trial]:
    rollbacks = Rollbacks(directory, os.environ)
    return lambda seed: rollbacks.trial(seed, most)


def _roles(directory: Path, most: int) -> Callable[[int], Trial]:
    roles = Roles(directory, os.environ)
    return lambda seed: roles.trial(seed, most)


def _power(directory: Path, stack: ExitStack, baseline: Baseline | None) -> Callable[[int], Trial]:
    found = PowerFailures(
        directory, os.environ, stack.enter_context(disk.disk(directory)), baseline
    )
    return lambda seed: found.trial(seed, 3)


def _full_disks(
    directory: Path, stack: ExitStack, baseline: Baseline | None
) -> Callable[[int], Trial]:
    return FullDisk(
        directory, os.environ, stack.enter_context(disk.disk(directory)), baseline
    ).trial


def _trials(trial: Callable[[int], Trial], seed: int, count: int) -> Iterator[Trial]:
    """Run trials until they contain ``count`` kills; a trial without a kill does not count."""
    kills = 0
    while kills < count:
        found = trial(seed)
        kills += len(found.kills)
        seed += 1
        yield found


def _run_group(name: str, trials: Iterator[Trial]) -> TrialGroup:
    """Run the trials; print each one, then the totals."""
    began = time.monotonic()
    done: list[Trial] = []
    for found in trials:
        done.append(found)
        kills = ", ".join(map(str, found.kills)) or "no kill"
        outcome = "; ".join(found.wrong) or "ok"
        print(f"seed {found.seed} ({found.database}, {found.seconds:.1f} s): {kills}: {outcome}")
        sys.stdout.flush()
    kind = TrialGroup(name, done, time.monotonic() - began)
    print(" | ".join(kind.row))
    for (phase, part), number in sorted(kind.parts().items()):
        print(f"  {phase}: {number} × {part}")
    return kind


if __name__ == "__main__":
    sys.exit(main())
