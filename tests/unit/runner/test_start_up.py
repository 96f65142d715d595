"""What is loaded for every run costs every user, so what a run has no use for stays out."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("worldtree.runner.process.launcher", ["pydantic", "networkx", "sqlalchemy", "click"]),
        ("worldtree.engine.run_plan", ["networkx", "ansible"]),
        ("worldtree.store.store", ["networkx"]),
    ],
)
def test_loads_no_more_than_it_needs(module: str, unwanted: list[str]) -> None:
    code = f"import sys, {module}; print(*[name for name in {unwanted} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
