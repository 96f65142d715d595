"""When a process is proven dead, and when that cannot be determined."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

from worldtree.core.process_identity import (
    ProcessIdentity,
    current_process,
    death_evidence,
    is_dead,
    is_elsewhere,
)


def test_this_process_is_alive_and_round_trips_through_json() -> None:
    me = current_process()
    assert (me.pid, me.user != "", me.boot != "") == (os.getpid(), True, True)
    assert me.started > 0
    assert not is_dead(me)
    assert ProcessIdentity.from_json(me.to_json()) == me
    assert str(me) == f"{me.user}@{me.host}, process {me.pid}"


def test_process_that_is_gone_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    dead, why = death_evidence(replace(current_process(), pid=child.pid))
    assert (dead, why) == (True, f"process {child.pid} does not exist any more")


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    started = int(_stat(child.pid)[19])
    found = replace(current_process(), pid=child.pid, started=started)
    assert not is_dead(found)
    child.send_signal(signal.SIGKILL)
    while _stat(child.pid)[0] != "Z":
        time.sleep(0.005)
    assert is_dead(found)
    child.wait()


def test_a_process_that_reuses_the_id_is_a_different_one() -> None:
    dead, why = death_evidence(replace(current_process(), started=current_process().started - 1))
    assert dead
    assert "started later" in why


def test_processes_are_dead_after_a_reboot() -> None:
    me = current_process()
    found = replace(me, machine=me.machine or "m", boot="another")
    dead, why = death_evidence(found)
    if me.machine:
        assert (dead, why) == (True, f"{me.host} has rebooted since")
    else:
        assert not dead


def test_what_another_machine_or_container_started_is_elsewhere() -> None:
    """A reboot changes no machine; without an id of the machine that is unknown."""
    me = current_process()
    assert not is_elsewhere(me)
    assert not is_elsewhere(replace(me, pid=2**22 + 1, user="other"))
    assert is_elsewhere(replace(me, boot="other")) is not bool(me.machine)
    assert is_elsewhere(replace(me, machine="other", boot="other"))
    assert is_elsewhere(replace(me, host="copy", boot="other"))
    assert is_elsewhere(replace(me, namespace="pid:[1]"))


def test_nothing_is_proven_about_invisible_processes() -> None:
    """On another machine, on a copy of this disk with another host name, in another container."""
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
