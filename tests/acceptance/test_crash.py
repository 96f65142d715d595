"""Crash trials: a short one in the gate, longer ones in `make test-full`.

`make crash` runs hundreds of trials.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crash import databases, workload
from crash.cancels import Cancels
from crash.disk import Disk, DiskUnavailableError, disk
from crash.full_disk import FullDisk
from crash.harness import Baseline, Harness
from crash.kill_sequence import Trial
from crash.power_failures import PowerFailures
from crash.roles import Roles
from crash.rollbacks import Rollbacks
from unit.store.postgres import NoPostgresError

pytestmark = [pytest.mark.once, pytest.mark.timeout(900)]


#: What every apply must reach; a test below checks it with an apply without crashes.
BASELINE = Baseline(12.0, workload.final_state())


@pytest.fixture
def own_disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk that can fail; skips the test where the machine cannot provide one."""
    try:
        with disk(tmp_path) as found:
            yield found
    except DiskUnavailableError as reason:
        pytest.skip(f"power failures and full disks: {reason}")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[databases.PostgresServer]:
    """A PostgreSQL server that can be killed; skips the test where there is none."""
    try:
        with databases.server(tmp_path_factory.mktemp("server")) as found:
            yield found
    except NoPostgresError as reason:
        pytest.skip(f"kills of PostgreSQL: {reason}")


def run_trials(trial: Callable[[int], Trial], seed: int, kills: int, parts: int = 1) -> list[Trial]:
    """Run trials until they contain ``kills`` kills, of at least ``parts`` parts.

    None may violate an invariant. Which part a kill meets depends on the machine's speed.
    """
    found: list[Trial] = []
    while sum(len(one.kills) for one in found) < kills or len(killed_parts(found)) < parts:
        assert len(found) < kills * 3, f"{len(found)} trials killed only {killed_parts(found)}"
        found.append(trial(seed + len(found)))
        assert found[-1].wrong == [], f"seed {found[-1].seed}: {found[-1].kills}"
    return found


def killed_parts(trials: list[Trial]) -> set[str]:
    """Return the parts that were killed in ``trials``."""
    return {kill.part for one in trials for kill in one.kills}


def test_nothing_is_lost_when_an_apply_is_killed(tmp_path: Path) -> None:
    """Two kills, each followed by a resume; the only trial of the gate."""
    harness = Harness(tmp_path, os.environ, baseline=BASELINE)
    run_trials(lambda seed: harness.trial(seed, 2), 1000, 2)


@pytest.mark.long
def test_nothing_is_lost_whatever_is_killed(tmp_path: Path) -> None:
    """Kills of wt, launcher, supervisor and ansible-playbook, each followed by a resume."""
    harness = Harness(tmp_path, os.environ)
    assert harness.baseline.state == BASELINE.state
    assert len(harness.baseline.state["nodes"]) >= 30
    run_trials(lambda seed: harness.trial(seed, 6), 1000, 11, parts=3)


@pytest.mark.long
def test_nothing_is_lost_when_the_database_is_killed(
    tmp_path: Path, server: databases.PostgresServer
) -> None:
    harness = Harness(tmp_path, os.environ, [server], baseline=BASELINE)
    found = run_trials(lambda seed: harness.trial(seed, 4), 2051, 4)
    assert killed_parts(found) & set(server.parts)


@pytest.mark.long
def test_a_killed_rollback_is_resumed(tmp_path: Path) -> None:
    rollbacks = Rollbacks(tmp_path, os.environ)
    run_trials(lambda seed: rollbacks.trial(seed, 3), 3000, 3)


@pytest.mark.long
def test_a_resume_knows_what_roles_learnt_and_notified(tmp_path: Path) -> None:
    """And no host is done that had not come to the end, whenever an apply is killed."""
    roles = Roles(tmp_path, os.environ)
    run_trials(lambda seed: roles.trial(seed, 3), 7000, 3)


@pytest.mark.long
def test_unsynced_data_is_lost_in_a_power_failure(own_disk: Disk) -> None:
    """Checks the simulated power failure; without it the next test proves nothing."""
    for name in ("written", "synced", "late"):
        with (own_disk.place / name).open("w") as file:
            file.write(name)
            file.flush()
            if name == "synced":
                os.fsync(file.fileno())
    own_disk.fail()
    there = {p.name: p.read_text() for p in own_disk.place.iterdir() if p.is_file()}
    assert there.pop("synced") == "synced"
    assert set(there.values()) <= {""}
    assert "late" not in there


@pytest.mark.long
def test_a_power_failure_loses_no_finished_work(tmp_path: Path, own_disk: Disk) -> None:
    power = PowerFailures(tmp_path, os.environ, own_disk, BASELINE)
    run_trials(lambda seed: power.trial(seed, 2), 4000, 2)


@pytest.mark.long
def test_a_full_disk_is_reported_and_loses_nothing(tmp_path: Path, own_disk: Disk) -> None:
    run_trials(FullDisk(tmp_path, os.environ, own_disk, BASELINE).trial, 5000, 1)


@pytest.mark.long
def test_no_process_is_left_after_a_cancel(tmp_path: Path) -> None:
    """By Ctrl-C and from another terminal, at random moments."""
    found = run_trials(Cancels(tmp_path, os.environ).trial, 6000, 4)
    assert {kill.part for one in found for kill in one.kills} == {"Ctrl-C", "wt cancel"}
