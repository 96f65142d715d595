"""When a holder is proven dead, and when nothing can be known."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

from worldtree.core.process_identity import ProcessIdentity, current_process, evidence, is_dead


def test_this_process_is_alive_and_comes_back_from_json() -> None:
    me = current_process()
    assert (me.pid, me.user != "", me.boot != "") == (os.getpid(), True, True)
    assert me.started > 0
    assert not is_dead(me)
    assert ProcessIdentity.from_json(me.to_json()) == me
    assert str(me) == f"{me.user}@{me.host}, process {me.pid}"


def test_process_that_is_gone_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    dead, why = evidence(replace(current_process(), pid=child.pid))
    assert (dead, why) == (True, f"there is no process {child.pid} any more")


def test_process_that_waits_to_be_collected_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    started = int(_stat(child.pid)[19])
    found = replace(current_process(), pid=child.pid, started=started)
    assert not is_dead(found)
    child.send_signal(signal.SIGKILL)
    while _stat(child.pid)[0] != "Z":
        time.sleep(0.005)
    assert is_dead(found)
    child.wait()


def test_process_that_has_its_id_by_now_is_another() -> None:
    dead, why = evidence(replace(current_process(), started=current_process().started - 1))
    assert dead
    assert "began later" in why


def test_machine_that_was_started_anew_has_lost_its_processes() -> None:
    me = current_process()
    found = replace(me, machine=me.machine or "m", boot="another")
    dead, why = evidence(found)
    if me.machine:
        assert (dead, why) == (True, f"{me.host} was started anew since")
    else:
        assert not dead


def test_nothing_is_proven_of_what_cannot_be_seen() -> None:
    """Another machine, a copy of this one's disk under another name, another container."""
    me = replace(current_process(), pid=2**22 + 1)
    assert not is_dead(replace(me, machine="other", host="other", boot="other"))
    assert not is_dead(replace(me, host="copy", boot="other"))
    assert not is_dead(replace(me, namespace="pid:[1]"))
    assert not is_dead(replace(me, namespace=""))
    assert not is_dead(replace(me, boot=""))
    assert not is_dead(replace(me, machine="", boot="other"))
    assert not is_dead(replace(current_process(), started=0))


def _stat(pid: int) -> list[str]:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 (no path to speak of)
        return file.read().rpartition(")")[2].split()
