"""The memory of `wt bundle` does not depend on the size of the files in a bundle."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from acceptance.workspace import COMMAND, Workspace

#: Sizes of the file in MiB. What differs between the peaks is what the larger one costs.
_SMALL, _LARGE = 1, 96
#: MiB by which peaks may differ: pieces of a file, and what an interpreter's memory varies by.
_ALLOWED = 16

#: Runs a command and prints its peak in KiB. A process of its own: a new program's peak begins with
#: that of the process that started it, which for these tests is large.
_MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "create": ("bundle", "create", "-o", "shop.tar"),
    "verify": ("bundle", "verify", "shop.tar"),
    "load": ("bundle", "load", "shop.tar"),
}


def _peaks(place: Path, size: int) -> dict[str, int]:
    """Return the peak of each command's memory in MiB, with a file of ``size`` MiB."""
    office = Workspace(place / str(size))
    office.path.mkdir()
    # Sparse: no disk is needed, and its bytes are read like any others.
    with (office.path / "data.bin").open("wb") as file:
        file.truncate(size << 20)
    office.write(
        {
            "hosts": [{"name": "here", "connection": "local"}],
            "artifacts": [
                {"name": "data", "version": "1", "kind": "binary", "sources": ["./data.bin"]}
            ],
        }
    )
    assert office.wt("artifacts", "lock").code == 0
    site = {**office.environment, "WORLDTREE_HOME": str(office.path / "site")}
    found = {}
    for name, words in _COMMANDS.items():
        environment = site if name == "load" else office.environment
        found[name] = _peak(office.path, words, environment)
    return found


def _peak(directory: Path, words: tuple[str, ...], environment: Mapping[str, str]) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *COMMAND, *words],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.splitlines()[-1]) >> 10


@pytest.mark.slow
def test_a_large_file_needs_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    small, large = _peaks(tmp_path, _SMALL), _peaks(tmp_path, _LARGE)
    more = {name: large[name] - small[name] for name in _COMMANDS}
    assert all(mebibytes < _ALLOWED for mebibytes in more.values()), (small, large)
