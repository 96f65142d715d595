"""A short run of the crash harness; `make crash` runs a long one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crash.harness import Harness

pytestmark = [pytest.mark.once, pytest.mark.timeout(1800)]

_KILLS = 20


def test_nothing_is_lost_whatever_is_killed(tmp_path: Path) -> None:
    """Kills of wt, launcher, supervisor and ansible-playbook, each followed by resumes."""
    harness = Harness(tmp_path, os.environ)
    length, expected = harness.undisturbed()
    assert len(expected["nodes"]) >= 30
    crashes = [harness.crash(seed, length, expected) for seed in range(1000, 1000 + _KILLS)]
    assert {crash.part for crash in crashes} == {"control", "launcher", "supervisor", "playbook"}
    assert [(crash.seed, crash.part, crash.wrong) for crash in crashes if crash.wrong] == []
