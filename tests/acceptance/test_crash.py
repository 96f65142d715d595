"""The crash trial of the gate, and what trials rely on.

The tier `crash` of `make test-full` runs trials of all kinds, `make crash` hundreds of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from crash import workload
from crash.disk import Disk, DiskUnavailableError, disk
from crash.harness import Baseline, Harness

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


def test_nothing_is_lost_when_an_apply_is_killed(tmp_path: Path) -> None:
    """Two kills, each followed by a resume; the only trial of the gate."""
    harness = Harness(tmp_path, os.environ, baseline=BASELINE)
    kills = 0
    for seed in range(1000, 1006):
        trial = harness.trial(seed, 2)
        assert trial.wrong == [], f"seed {seed}: {trial.kills}"
        kills += len(trial.kills)
        if kills >= 2:
            return
    pytest.fail(f"only {kills} kills in six trials")


@pytest.mark.long
def test_an_apply_without_crashes_reaches_the_baseline(tmp_path: Path) -> None:
    """The state that trials compare with; it has enough nodes for kills in many places."""
    found = Harness(tmp_path, os.environ).baseline
    assert found.state == BASELINE.state
    assert len(found.state["nodes"]) >= 30


@pytest.mark.long
def test_unsynced_data_is_lost_in_a_power_failure(own_disk: Disk) -> None:
    """Checks the simulated power failure; without it, trials of power failures prove nothing."""
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
