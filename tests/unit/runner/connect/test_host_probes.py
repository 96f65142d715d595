"""Programs that ask hosts are bounded, and ended at once when asked to."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from worldtree.runner.connect.host_probes import HostProbes, ProbeResult


def ask(script: str, seconds: float = 30, said: str | None = None) -> ProbeResult:
    return HostProbes().run(("sh", "-c", script), seconds, {}, said)


def test_the_answer_is_code_output_and_errors() -> None:
    assert ask("echo a; echo b >&2; exit 3") == ProbeResult(3, "a\n", "b\n")


def test_one_line_is_reported() -> None:
    assert ask("read line; echo got $line", said="x").out == "got x\n"


def test_who_does_not_listen_is_no_problem() -> None:
    assert ask("exec <&-; exit 0", said="x" * 1_000_000).code == 0


def test_what_takes_too_long_has_no_code_but_what_it_said() -> None:
    assert ask("echo a; sleep 60", 0.3) == ProbeResult(None, "a\n", "")


@pytest.mark.parametrize("script", ["exec sleep 60", "sleep 60; true"])
def test_stopping_ends_programs_with_their_children(script: str) -> None:
    probes, found = HostProbes(), list[ProbeResult]()
    asks: Sequence[str] = ("sh", "-c", f"echo begun; {script}")
    thread = threading.Thread(target=lambda: found.append(probes.run(asks, 60, {})))
    thread.start()
    time.sleep(0.3)
    probes.stop()
    thread.join(60)
    assert found[0].code == -9


def test_nothing_begins_once_stopped() -> None:
    probes = HostProbes()
    probes.stop()
    assert probes.run(("echo", "a"), 5, {}) == ProbeResult()
