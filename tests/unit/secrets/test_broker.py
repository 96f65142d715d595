"""The process that holds secrets: who keeps it alive, what it tells, and what it leaves nowhere."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from worldtree.core import scratch
from worldtree.secrets.askpass import REFERENCE_VARIABLE
from worldtree.secrets.broker import BrokerServer
from worldtree.secrets.broker_client import SOCKET_VARIABLE, BrokerGoneError, SecretsClient
from worldtree.secrets.broker_process import BrokerProcess
from worldtree.secrets.errors import SecretError
from worldtree.secrets.resolver import SecretResolver, SecretSources

CANARY = "canary-8f2c1"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    """A broker that knows one variable and one key."""
    (tmp_path / "plain.txt").write_text("no key")
    with BrokerProcess.start(
        SecretSources({"A": CANARY, "KEY": new_key(tmp_path)}, {}, (str(tmp_path),))
    ) as it:
        yield it


def new_key(directory: Path) -> str:
    """Make a private key; only its text is left."""
    file = directory / "id"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    text = file.read_text()
    file.unlink()
    return text


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Wait for ``condition``; return whether it came."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def processes_with(text: str) -> list[str]:
    """Processes with ``text`` in their arguments or environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                content = (place / name).read_bytes()
            except OSError:
                continue
            if text.encode() in content:
                found.append(f"{place.name} {name}")
    return found


def test_it_answers_and_counts_what_it_resolved(broker: BrokerProcess) -> None:
    client = SecretsClient(broker.socket_path)
    assert client.get("env:A") == {"value": CANARY}
    assert client.values() == ([CANARY], 1)
    assert client.values(1) == ([], 1)
    assert client.get("env:B")["problem"]["slug"] == "secret-not-found"
    for nonsense in ({"what": 1}, {}, {"get": 1, "values": 2}):
        assert "error" in client.call(nonsense)
    assert client.get("env:A") == {"value": CANARY}
    client.close()


def test_preflight_tells_all_that_is_wrong(broker: BrokerProcess) -> None:
    found = broker.preflight(["env:A", "env:B", "file:/no/such"])
    assert list(found) == ["env:B", "file:/no/such"]
    assert found["env:B"].help


def test_many_ask_at_once(broker: BrokerProcess) -> None:
    said = []

    def ask() -> None:
        client = SecretsClient(broker.socket_path)
        said.extend(client.get("env:A")["value"] for _ in range(20))
        client.close()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [CANARY] * 400
    assert broker.values()[1] == 1


def test_no_value_is_in_arguments_environments_or_files(
    broker: BrokerProcess, tmp_path: Path
) -> None:
    """Neither of the broker nor of the agent and their directory."""
    broker.load_keys(["env:KEY"])
    assert broker.preflight(["env:A"]) == {}
    assert processes_with(CANARY) == []
    assert processes_with("OPENSSH PRIVATE") == []
    directory = broker.socket_path.parent
    assert directory.stat().st_mode & 0o777 == 0o700
    texts = [file.read_text() for file in directory.iterdir() if file.is_file()]
    assert not any(CANARY in text or "OPENSSH" in text for text in texts)
    assert tmp_path.exists()


def test_its_environment_is_a_path(broker: BrokerProcess) -> None:
    assert broker.environment() == {SOCKET_VARIABLE: str(broker.socket_path)}


def test_keys_go_into_an_agent_of_its_own(broker: BrokerProcess) -> None:
    """It shows the key while the task lasts, and is gone with the broker."""
    broker.load_keys(["env:KEY"])
    environ = {**os.environ, **broker.environment()}
    listed = subprocess.run(["ssh-add", "-l"], env=environ, capture_output=True, text=True)
    assert "ED25519" in listed.stdout
    agents = processes_of(str(broker.socket_path.parent / "agent"))
    assert agents
    broker.close()
    assert processes_of(str(broker.socket_path.parent / "agent")) == []
    assert not broker.socket_path.parent.exists()


def processes_of(word: str) -> list[int]:
    """Processes with ``word`` in their arguments."""
    return [
        int(place.name)
        for place in Path("/proc").glob("[0-9]*")
        if _read(place / "cmdline").find(word.encode()) >= 0
    ]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def test_an_unusable_key_is_reported(broker: BrokerProcess) -> None:
    with pytest.raises(SecretError) as caught:
        broker.load_keys(["file:plain.txt"])
    assert caught.value.problem.slug == "ssh-key-unusable"
    with pytest.raises(SecretError, match="not set"):
        broker.load_keys(["env:NOPE"])


def test_askpass_prints_a_password_and_trusts_no_host(broker: BrokerProcess) -> None:
    program = str(broker.socket_path.parent / "askpass")
    environ = {**broker.environment(), REFERENCE_VARIABLE: "env:A", "PATH": os.environ["PATH"]}

    def ask(question: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, question], env=environ, capture_output=True, text=True)

    assert ask("root@h1's password: ").stdout == f"{CANARY}\n"
    assert ask("Are you sure you want to continue connecting (yes/no)?").stdout == ""
    environ[REFERENCE_VARIABLE] = "env:NOPE"
    assert ask("root@h1's password: ").returncode == 1


# ---- who keeps it alive -------------------------------------------------------------------------

_PARENT = """
import os, subprocess, sys, time
from worldtree.secrets.resolver import SecretSources
from worldtree.secrets.broker_process import BrokerProcess
broker = BrokerProcess.start(SecretSources({"A": "x1234"}))
quiet = {"stdout": subprocess.DEVNULL, "start_new_session": True}
holder = subprocess.Popen(["sleep", "300.7"], pass_fds=[broker.lifeline], **quiet)
print(broker.socket_path, holder.pid, flush=True)
time.sleep(300)
"""


def test_it_outlives_a_killed_parent_as_long_as_a_run_needs_it() -> None:
    """kill -9 of wt: the supervisor's secrets are still there; with the last holder all ends."""
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    path, holder = parent.stdout.readline().split()
    client = SecretsClient(path)
    try:
        assert client.get("env:A") == {"value": "x1234"}
        parent.kill()
        parent.wait(60)
        parent.stdout.close()
        time.sleep(0.3)
        assert client.get("env:A") == {"value": "x1234"}
    finally:
        os.kill(int(holder), signal.SIGKILL)
    assert within(5, lambda: not Path(path).parent.exists())
    with pytest.raises(BrokerGoneError):
        client.get("env:A")


def test_the_next_broker_removes_what_killed_processes_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scratch, "_LOCK_GRACE", 0.0)
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    path, holder = parent.stdout.readline().split()
    (broker,) = [int(pid) for pid in _children(parent.pid) if pid != holder]
    parent.stdout.close()
    for pid in (broker, parent.pid, int(holder)):
        os.kill(pid, signal.SIGKILL)
    parent.wait(60)
    assert Path(path).exists()
    # The process that adopted it sees its end a moment later.
    assert within(60, lambda: _next_one() and not Path(path).parent.exists())


def _next_one() -> bool:
    with BrokerProcess.start(SecretSources({})) as broker:
        return broker.socket_path.exists()


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_signals_do_not_end_it(broker: BrokerProcess) -> None:
    """Ctrl-C goes to everybody; a run that is ending may still need a secret."""
    assert broker.preflight([]) == {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(broker.pid, number)
    assert broker.preflight(["env:A"]) == {}


def test_the_death_of_the_broker_is_reported(broker: BrokerProcess) -> None:
    assert broker.preflight([]) == {}
    os.kill(broker.pid, signal.SIGKILL)
    time.sleep(0.2)
    with pytest.raises(BrokerGoneError):
        broker.values()
    broker.close()
    assert not broker.socket_path.parent.exists()


def test_a_large_environment_gets_through() -> None:
    """More than the buffer of a socket, to a process that is not reading yet."""
    sources = SecretSources({"A": CANARY, "BIG": "x" * 3_000_000})
    with BrokerProcess.start(sources) as broker:
        assert broker.preflight(["env:A", "env:BIG"]) == {}
        assert broker.values()[1] == 2


def test_it_cannot_be_looked_into(broker: BrokerProcess) -> None:
    """No debugger, no core file: what the system calls not dumpable belongs to root."""
    assert broker.preflight([]) == {}
    limits = Path(f"/proc/{broker.pid}/limits").read_text()
    assert re.search(r"Max core file size +0 +0 ", limits)
    assert Path(f"/proc/{broker.pid}/environ").stat().st_uid == 0


def test_a_request_that_it_fails_at_is_answered(broker: BrokerProcess) -> None:
    client = SecretsClient(broker.socket_path)
    assert client.call({"put": 5}) == {"error": "the secrets broker failed: TypeError"}
    with pytest.raises(BrokerGoneError, match="the secrets broker failed: TypeError"):
        client.values([])  # type: ignore[arg-type]
    assert client.get("env:A") == {"value": CANARY}
    client.close()


class Exhausted(socket.socket):
    """A listener in a process that has no descriptor left at first."""

    failures = 2

    def accept(self) -> tuple[socket.socket, Any]:
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return super().accept()


def test_it_goes_on_when_it_had_no_descriptor_left(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    path = tmp_path / "broker" / "socket"
    listener = Exhausted(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    reading, lifeline = os.pipe()
    server = BrokerServer(SecretResolver(SecretSources({"A": CANARY})), listener, reading)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        client = SecretsClient(path)
        assert client.get("env:A") == {"value": CANARY}
        client.close()
    finally:
        os.close(lifeline)
        thread.join(60)
        os.close(reading)
    assert listener.failures == 0
    assert not thread.is_alive()
