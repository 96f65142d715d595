"""Programs with limits: what they get, how they end, and that nothing of them stays."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

import pytest

from worldtree.core.limited_process import LimitedResult, run_limited


def _run(
    script: str, place: Path, *, seconds: float = 60.0, size: int = 100_000, shell: bool = False
) -> LimitedResult:
    program = ("/bin/sh", "-c") if shell else (sys.executable, "-I", "-S", "-c")
    return run_limited(
        (*program, script),
        directory=place,
        environ={"PATH": os.defpath, "ONLY": "this"},
        wall_seconds=seconds,
        output_bytes=size,
    )


def test_a_program_gets_its_own_environment_and_nothing_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables, input and descriptors of the caller stay with it."""
    monkeypatch.setenv("CANARY", "secret-canary")
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    script = (
        "import os, sys\n"
        "print(sorted(set(os.environ) - {'LC_CTYPE'}), os.getcwd(), repr(sys.stdin.read()))\n"
        "print(len(os.listdir('/proc/self/fd')))"
    )
    try:
        found = _run(script, tmp_path)
    finally:
        os.close(reader)
        os.close(writer)
    assert found.ending == "exit"
    assert found.code == 0
    first, descriptors = found.output.decode().splitlines()
    assert first == f"['ONLY', 'PATH'] {tmp_path} ''"
    # Three, and the one that lists them.
    assert int(descriptors) == 4


def test_how_a_program_ended_is_told(tmp_path: Path) -> None:
    """Exit codes, signals and output come back."""
    assert _run("echo hi; exit 3", tmp_path, shell=True) == LimitedResult("exit", b"hi\n", 3)
    with (tmp_path / "output").open("w+b") as file:
        found = run_limited(
            ("/bin/sh", "-c", "echo hi"),
            directory=tmp_path,
            environ={"PATH": os.defpath},
            wall_seconds=60,
            output_bytes=10,
            output=file,
        )
        file.seek(0)
        assert (found, file.read()) == (LimitedResult("exit"), b"hi\n")
    assert _run("kill -SEGV $$", tmp_path, shell=True) == LimitedResult("signal", b"", 11)
    assert _run("kill -XCPU $$", tmp_path, shell=True) == LimitedResult("cpu")


def test_a_program_that_goes_on_is_ended(tmp_path: Path) -> None:
    """Neither an open output nor a closed one keeps it alive."""
    assert _run("sleep 600", tmp_path, seconds=0.3, shell=True).ending == "wall"
    assert _run("exec >&-; sleep 600", tmp_path, seconds=0.3, shell=True).ending == "wall"


def test_output_without_end_is_ended(tmp_path: Path) -> None:
    """What is read is bounded."""
    assert _run("yes", tmp_path, size=10_000, shell=True) == LimitedResult("output")


def test_processes_that_it_started_end_with_it(tmp_path: Path) -> None:
    """A process in the background is in the same group."""
    found = _run("sleep 600 >/dev/null 2>&1 & echo $!", tmp_path, shell=True)
    child = int(found.output)
    try:
        watched = os.pidfd_open(child)
    except ProcessLookupError:
        return
    # It can be read from once the process has ended.
    assert select.select([watched], [], [], 30.0)[0]
    os.close(watched)
