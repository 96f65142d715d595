"""Runs of the crash harness: a short one in the gate, longer ones at full length.

`make crash` makes hundreds of trials.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crash import databases, work
from crash.cancels import Cancels
from crash.chain import Trial
from crash.disk import Disk, NoDiskError, disk
from crash.full_disk import FullDisk
from crash.harness import Harness, Undisturbed
from crash.power import PowerFailures
from crash.rollbacks import Rollbacks
from unit.store.postgres import NoPostgresError

pytestmark = [pytest.mark.once, pytest.mark.timeout(900)]


#: What every apply must come to; the first test looks whether one does undisturbed.
UNDISTURBED = Undisturbed(12.0, work.final_state())


@pytest.fixture
def own_disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk that can fail; where none can be had, the tests that need it say so in one line."""
    try:
        with disk(tmp_path) as found:
            yield found
    except NoDiskError as why:
        pytest.skip(f"power failures and full disks: {why}")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[databases.Server]:
    """A PostgreSQL server that can be killed; where none can be had, that is said in one line."""
    try:
        with databases.server(tmp_path_factory.mktemp("server")) as found:
            yield found
    except NoPostgresError as why:
        pytest.skip(f"PostgreSQL as a victim: {why}")


def killed(trial: Callable[[int], Trial], seed: int, kills: int) -> list[Trial]:
    """Make trials until there were so many kills; each must come to a good end."""
    found: list[Trial] = []
    while sum(len(one.kills) for one in found) < kills:
        found.append(trial(seed + len(found)))
        assert found[-1].wrong == [], f"seed {found[-1].seed}: {found[-1].kills}"
    return found


def test_nothing_is_lost_when_an_apply_is_killed(tmp_path: Path) -> None:
    """Two kills, each followed by a resume; the gate's own trial."""
    harness = Harness(tmp_path, os.environ, undisturbed=UNDISTURBED)
    killed(lambda seed: harness.trial(seed, 2), 1000, 2)


@pytest.mark.long
def test_nothing_is_lost_whatever_is_killed(tmp_path: Path) -> None:
    """Kills of wt, launcher, supervisor and ansible-playbook, each followed by a resume."""
    harness = Harness(tmp_path, os.environ)
    assert harness.undisturbed.state == UNDISTURBED.state
    assert len(harness.undisturbed.state["nodes"]) >= 30
    found = killed(lambda seed: harness.trial(seed, 6), 1000, 11)
    assert len({kill.part for one in found for kill in one.kills}) >= 3


@pytest.mark.long
def test_nothing_is_lost_when_the_database_is_killed(
    tmp_path: Path, server: databases.Server
) -> None:
    harness = Harness(tmp_path, os.environ, [server], undisturbed=UNDISTURBED)
    found = killed(lambda seed: harness.trial(seed, 4), 2051, 4)
    assert {kill.part for one in found for kill in one.kills} & set(server.parts)


@pytest.mark.long
def test_a_rollback_that_is_killed_is_gone_on_with(tmp_path: Path) -> None:
    rollbacks = Rollbacks(tmp_path, os.environ)
    killed(lambda seed: rollbacks.trial(seed, 3), 3000, 3)


@pytest.mark.long
def test_what_was_not_brought_to_disk_is_lost_with_the_power(own_disk: Disk) -> None:
    """The method itself: otherwise the next test proves nothing."""
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
def test_a_power_failure_takes_nothing_that_was_done(tmp_path: Path, own_disk: Disk) -> None:
    power = PowerFailures(tmp_path, os.environ, own_disk, UNDISTURBED)
    killed(lambda seed: power.trial(seed, 2), 4000, 2)


@pytest.mark.long
def test_a_full_disk_is_told_and_costs_nothing(tmp_path: Path, own_disk: Disk) -> None:
    killed(FullDisk(tmp_path, os.environ, own_disk, UNDISTURBED).trial, 5000, 1)


@pytest.mark.long
def test_nothing_is_left_after_a_cancel(tmp_path: Path) -> None:
    """By Ctrl-C and from another terminal, at random moments."""
    found = killed(Cancels(tmp_path, os.environ).trial, 6000, 4)
    assert {kill.part for one in found for kill in one.kills} == {"Ctrl-C", "wt cancel"}
