"""Finding and ending processes by kin and by mark; sweeping hosts."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from worldtree.runner.connect.host_access import HostAccess
from worldtree.runner.connect.process_names import process_name
from worldtree.runner.connect.remote_cleanup import clean_up_hosts, cleanup_script
from worldtree.runner.process import process_table
from worldtree.secrets.broker_process import BrokerProcess
from worldtree.secrets.resolver import SecretSources


def until(holds: Callable[[], bool]) -> None:
    """Wait for what comes about soon."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_descendants_are_found_however_deep_and_the_dead_are_not() -> None:
    with subprocess.Popen(["sh", "-c", "sh -c 'sleep 71 & wait'; true"]) as parent:
        until(lambda: len(process_table.descendants(parent.pid)) >= 2)
        found = process_table.descendants(parent.pid)
        assert process_table.kill_all(lambda: process_table.descendants(parent.pid), 5) == []
        parent.kill()
    assert not set(found) & set(process_table.descendants(os.getpid()))


def test_adopted_orphans_stay_in_the_subtree() -> None:
    """A process in a session of its own whose parent ended is still found."""
    program = (
        "import os, subprocess, sys; from worldtree.runner.process import process_table as p;"
        "p.adopt_orphans();"
        "subprocess.run(['sh', '-c', 'setsid sleep 72 & true']);"
        "import time; time.sleep(0.3); found = p.descendants(os.getpid());"
        "print(len(found)); p.kill_all(lambda: p.descendants(os.getpid()), 5);"
        "print(len(p.descendants(os.getpid())))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    ).stdout
    assert out.split() == ["1", "0"]


def test_a_process_that_is_being_executed_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has its new name and no environment yet; kernel threads never have one."""
    attempt, looks = uuid.uuid4().hex, []
    for pid, name, flags in (("41", "sh", 0), ("42", "kworker", 0x00200000)):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "comm").write_text(f"{name}\n")
        (tmp_path / pid / "environ").write_bytes(b"")
        (tmp_path / pid / "cmdline").write_bytes(b"")
        fields = ["S", "1", *"4444", str(flags), *"8" * 12, "7", *"0" * 30]
        (tmp_path / pid / "stat").write_text(f"{pid} ({name}) {' '.join(fields)}\n")
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("boot\n")

    def sleep(_: float) -> None:
        looks.append(1)
        if len(looks) == 3:
            (tmp_path / "41" / "environ").write_bytes(f"WORLDTREE_ATTEMPT={attempt}\0".encode())

    monkeypatch.setattr(process_table, "_PROC", tmp_path)
    monkeypatch.setattr("time.sleep", sleep)
    assert process_table.attempt_processes(attempt) == [41]
    assert len(looks) == 3


def test_forked_processes_are_found_by_name() -> None:
    """A fork has its parent's environment as /proc shows it, so the mark is not there."""
    attempt = uuid.uuid4().hex
    pid = os.fork()
    if pid == 0:
        process_table.set_name(process_name(attempt))
        time.sleep(60)
        os._exit(0)
    until(lambda: process_table.attempt_processes(attempt) == [pid])
    assert process_table.kill_all(lambda: process_table.attempt_processes(attempt), 5) == []
    os.waitpid(pid, 0)


def test_killed_processes_get_time_to_end_however_long_a_look_takes() -> None:
    """On a busy machine a look takes longer than the time limit."""
    with subprocess.Popen(["sleep", "75"]) as sleeper:

        def find() -> list[int]:
            if first.pop():
                return [sleeper.pid]
            sleeper.wait(60)
            return []

        first = [False, False, True]
        assert process_table.kill_all(find, 0) == []


def test_a_process_that_is_not_seen_for_a_moment_is_killed_too() -> None:
    """As one that is being executed: its environment and its name change."""
    with subprocess.Popen(["sleep", "76"]) as one, subprocess.Popen(["sleep", "77"]) as other:
        looks = [[], [], [other.pid], [], [one.pid]]
        assert process_table.kill_all(lambda: looks.pop(), 5) == []
        assert looks == []
        assert (one.wait(60), other.wait(60)) == (-signal.SIGKILL, -signal.SIGKILL)


def test_identity_outlives_its_process() -> None:
    with subprocess.Popen(["sleep", "74"]) as sleeper:
        identity = process_table.ProcessRef.of(sleeper.pid)
        assert identity is not None
        assert identity.alive
        assert not dataclasses.replace(identity, started=identity.started + 1).alive
        assert not dataclasses.replace(identity, boot="another").alive
        sleeper.kill()
    assert not identity.alive
    assert process_table.ProcessRef.of(sleeper.pid) is None


def test_mark_finds_exactly_its_own() -> None:
    mark, other = uuid.uuid4().hex, uuid.uuid4().hex
    environments = [{"WORLDTREE_ATTEMPT": name, "PATH": os.defpath} for name in (mark, other)]
    sleepers = [subprocess.Popen(["sleep", "73"], env=env) for env in environments]
    try:
        until(lambda: process_table.attempt_processes(other) == [sleepers[1].pid])
        assert process_table.attempt_processes(mark) == [sleepers[0].pid]
        assert process_table.describe(sleepers[0].pid) == f"process {sleepers[0].pid} (sleep 73)"
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()


@pytest.mark.parametrize("stubborn", [False, True])
def test_sweep_ends_the_marked_and_nothing_else(stubborn: bool) -> None:
    """Asked politely first; who does not listen is killed."""
    mark, other = uuid.uuid4().hex, uuid.uuid4().hex
    line = "trap '' TERM; while :; do sleep 0.1; done" if stubborn else "sleep 74"
    theirs = {"WORLDTREE_ATTEMPT": other, "PATH": os.defpath}
    ours = {"WORLDTREE_ATTEMPT": mark, "PATH": os.defpath}
    bystander = subprocess.Popen(["sleep", "75"], env=theirs)
    target = subprocess.Popen(["sh", "-c", line], env=ours)
    try:
        until(lambda: bool(process_table.attempt_processes(mark)))
        assert clean_up_hosts(mark, {"here": HostAccess(["sh", "-c"])}, 60) == ()
        assert target.wait(60) == (-signal.SIGKILL if stubborn else -signal.SIGTERM)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_sweep_ends_servers_whose_environment_only_root_reads() -> None:
    """Those of warm connections have the attempt's name; a process of another attempt stays."""
    mark, other = uuid.uuid4().hex, uuid.uuid4().hex
    program = "import ctypes, sys, time; ctypes.CDLL(None).prctl(15, sys.argv[1].encode()); print()"
    servers = [
        subprocess.Popen(
            [sys.executable, "-uc", f"{program}; time.sleep(600)", process_name(attempt)],
            stdout=subprocess.PIPE,
        )
        for attempt in (mark, other)
    ]
    try:
        for server in servers:
            assert server.stdout is not None
            server.stdout.readline()
        assert clean_up_hosts(mark, {"here": HostAccess(["sh", "-c"])}, 60) == ()
        assert servers[0].wait(60) == -signal.SIGTERM
        assert servers[1].poll() is None
    finally:
        for server in servers:
            server.kill()
            server.communicate()


def test_sweep_tells_of_hosts_that_do_not_answer() -> None:
    refused = ["sh", "-c", "echo no route >&2; exit 255 #"]
    ways = {"mute": HostAccess(["sh", "-c", "sleep 9 #"]), "gone": HostAccess(refused)}
    found = clean_up_hosts("x", ways, 2.0)
    assert sorted(line.partition(":")[0] for line in found) == ["gone", "mute"]


_SUDO = """#!/bin/sh
[ "$1" = -S ] || exit 1
IFS= read -r given
[ "$given" = s3cret ] || { echo 'sudo: 1 incorrect password attempt' >&2; exit 1; }
shift 3; touch "$0.used"; exec "$@"
"""


def test_sweep_as_root_takes_the_password_of_sudo(tmp_path: Path) -> None:
    """And says so where it has none, or a wrong one: it has not seen everything then."""
    for name, text in {"id": "#!/bin/sh\necho 1000\n", "sudo": _SUDO}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    shell = ["env", f"PATH={tmp_path}:{os.environ['PATH']}", "sh", "-c"]
    with BrokerProcess.start(SecretSources({"PW": "s3cret", "NO": "n0t-it"})) as broker:
        secrets = broker.environment()

        def swept(reference: str | None, secrets: dict[str, str]) -> tuple[str, ...]:
            return clean_up_hosts("x", {"h": HostAccess(shell, None, reference)}, 10, secrets)

        assert swept("env:PW", secrets) == ()
        assert (tmp_path / "sudo.used").exists()
        assert "sudo: 1 incorrect password attempt" in swept("env:NO", secrets)[0]
        (left,) = swept("env:PW", {})
        assert left == "h: processes of other users were not checked: sudo needs a password"
        # Where nothing was to be done as root, there is nothing of root's.
        assert swept(None, {}) == ()


def test_sweep_script_is_plain_shell() -> None:
    subprocess.run(["sh", "-n", "-c", cleanup_script("attempt")], check=True)
