"""A process that adopts orphans becomes the parent of what its children leave behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: The grandchild prints its parent once its own parent has ended.
_ORPHAN = """
import os, sys, time
if sys.argv[1] == "adopt":
    from worldtree.core.subreaper import adopt_orphans
    adopt_orphans()
first = os.getpid()
child = os.fork()
if child == 0:
    middle = os.getpid()
    if os.fork() == 0:
        while os.getppid() == middle:
            time.sleep(0.005)
        print(os.getppid() == first)
    os._exit(0) if os.getpid() == middle else sys.exit(0)
os.waitpid(child, 0)
if sys.argv[1] == "adopt":
    os.wait()
"""


@pytest.mark.parametrize(("word", "adopted"), [("adopt", "True"), ("none", "False")])
def test_orphans_are_adopted(word: str, adopted: str) -> None:
    """Without it, the grandchild belongs to another process."""
    ran = subprocess.run(
        [sys.executable, "-c", _ORPHAN, word], capture_output=True, text=True, timeout=30
    )
    assert (ran.stdout.strip(), ran.stderr) == (adopted, "")
