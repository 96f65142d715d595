"""Every role passes check, converge, idempotence and verify on real hosts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted(path.parent.name for path in (ROOT / "molecule").glob("*/molecule.yml"))

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: str) -> None:
    """The whole sequence of one scenario ends well and leaves no lab behind."""
    programs = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "NO_COLOR": "1"}
    done = subprocess.run(
        [programs / "molecule", "test", "--scenario-name", scenario, "--destroy", "always"],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-80:])


def test_every_role_has_a_scenario() -> None:
    """No role comes without a scenario of its own."""
    roles = {path.parents[1].name for path in (ROOT / "roles").glob("*/meta/argument_specs.yml")}
    assert roles - set(SCENARIOS) == set()
