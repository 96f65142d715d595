"""A process that restricts itself reads and writes what it is given, and nothing else."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from worldtree.core.limited_process import run_limited

_SCRIPT = """
import json, socket, sys
from pathlib import Path
from worldtree.core.file_sandbox import restrict_files
own, other = Path(sys.argv[1]), Path(sys.argv[2])
done = restrict_files([Path(sys.prefix), own / 'r', Path('/nowhere')], [own / 'w'])
def tries(work):
    try:
        work()
    except OSError as problem:
        return type(problem).__name__
    return 'ok'
print(json.dumps([done,
    tries(lambda: (own / 'r/file').read_text()),
    tries(lambda: (own / 'r/file').write_text('x')),
    tries(lambda: (own / 'w/new').write_text('x')),
    tries(lambda: (own / 'w/link').symlink_to(other)),
    tries(lambda: (own / 'w/link').read_text()),
    tries(lambda: other.read_text()),
    tries(lambda: list(own.iterdir())),
    tries(lambda: Path('/etc/passwd').read_text()),
    tries(lambda: Path('/proc/1/environ').read_text()),
    tries(lambda: socket.create_connection(('127.0.0.1', 9), 5)),
]))
"""


def test_a_restricted_process_reads_only_its_places(tmp_path: Path) -> None:
    """Neither a path nor a link nor /proc leads out, and no connection can be made."""
    own, other = tmp_path / "own", tmp_path / "other"
    for place in ("r", "w"):
        (own / place).mkdir(parents=True)
    (own / "r/file").write_text("x")
    other.write_text("secret")
    found = run_limited(
        (sys.executable, "-I", "-c", _SCRIPT, str(own), str(other)),
        directory=tmp_path,
        environ={"PATH": os.defpath},
        wall_seconds=60,
        output_bytes=10_000,
    )
    done, *tried = json.loads(found.output)
    if not done:
        pytest.skip("this system has no Landlock")
    denied = "PermissionError"
    # Without the network rules of newer kernels the connection is refused by nobody listening.
    assert tried.pop() in (denied, "ConnectionRefusedError")
    assert tried == ["ok", denied, "ok", "ok", denied, denied, denied, denied, denied]
