"""The server of warm connections at a login over ssh: when it ends, and what it does for Ansible.

A process with the name of sshd's stands in for the one that serves the login.
"""

from __future__ import annotations

import base64
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure

from unit.collection.warm_servers import TOKEN, Running, program_of

_PLACE = "plugin_utils.warm"
#: Starts Python in a shell, which reads its program from standard input, as sshd does.
_SSHD = """
import ctypes, signal, subprocess, sys
ctypes.CDLL(None).prctl(15, b"sshd", 0, 0, 0)
done = subprocess.run(["sh", "-c", f"{sys.executable}; true"], stdout=subprocess.PIPE)
sys.stdout.buffer.write(done.stdout)
sys.stdout.flush()
signal.pause()
"""
#: SIGPIPE and SIGXFSZ in the mask of ignored signals in /proc/PID/status, see proc(5).
_IGNORED_BY_PYTHON = 1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1


@pytest.fixture
def client(plugins: Callable[[str], Any]) -> Any:
    """The module ``client``."""
    return plugins(f"{_PLACE}.client")


@pytest.fixture
def call(plugins: Callable[[str], Any]) -> Any:
    """The call of a module."""
    return plugins(f"{_PLACE}.payload").parse_module(program_of("ping"))


@contextmanager
def _at_login(client: Any, call: Any, home: Path) -> Iterator[Running]:
    program = client.start_program(
        TOKEN, call, watch=None, name="wt-test", interpreter=sys.executable
    )
    sshd = subprocess.Popen(
        [sys.executable, "-c", _SSHD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "HOME": str(home), "WORD": "a b"},
    )
    assert sshd.stdin is not None
    assert sshd.stdout is not None
    try:
        sshd.stdin.write(program)
        sshd.stdin.close()
        answer = client.read_answer(sshd.stdout.readline())
        found = Running(answer["socket"], answer["pid"], sshd)
        yield found
    finally:
        sshd.kill()
        sshd.wait()
        sshd.stdout.close()
    assert found.wait()


def test_it_ends_with_the_connection_and_does_what_surrounds_modules(
    client: Any, call: Any, tmp_path: Path
) -> None:
    """Commands and files are as over ssh: exit code, output, environment, mode."""
    known = {"zip": hashlib.sha256(base64.b64decode(call.zip_data)).hexdigest()}
    path = tmp_path / "file"

    def send(request: dict[str, Any], content: bytes = b"") -> Any:
        return client.send_request(server.socket, TOKEN, {**known, **request}, content)

    with _at_login(client, call, tmp_path) as server:
        script = "echo $WORD; echo no >&2; exit 3"
        assert send({"shell": "/bin/sh", "script": script}) == (3, b"a b\n", b"no\n")
        code, found, _ = send({"shell": "/bin/sh", "script": "grep SigIgn /proc/self/status"})
        assert (code, int(found.split()[1], 16) & _IGNORED_BY_PYTHON) == (0, 0)
        assert send({"put": str(path), "mode": 0o751}, b"\0x") == (0, b"", b"")
        assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"\0x", 0o751 & ~_umask())
        assert send({"put": str(path), "mode": 0o600}, b"y")[0] == 0
        assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"y", 0o751 & ~_umask())
        assert send({"put": str(tmp_path), "mode": 0o600}, b"y")[0] == 1
        assert send({"shell": "/no/shell", "script": ""})[0] == 1
        with pytest.raises(client.NotStarted, match="unknown-answer"):
            send({"shell": "/bin/sh", "script": "true", "zip": "0" * 64})
        server.watched.kill()
        assert server.wait()


def test_it_ends_when_files_change_that_a_login_would_read(
    client: Any, call: Any, tmp_path: Path
) -> None:
    with _at_login(client, call, tmp_path) as server:
        (tmp_path / ".bashrc").touch()
        with pytest.raises(client.NotStarted, match=r"stale|gone"):
            client.request_module(
                server.socket, TOKEN, call, base64.b64decode(call.zip_data), environment={}
            )
        assert server.wait()


def test_only_its_own_account_counts(
    plugins: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users that a play makes end no server; a group that this user joins does."""
    login = plugins(f"{_PLACE}.login")
    users, groups = tmp_path / "passwd", tmp_path / "group"
    own = f"me:x:{os.geteuid()}:0::/:/bin/sh\n"
    users.write_text(own)
    groups.write_text("some:x:1:\n")
    monkeypatch.setattr(login, "_ACCOUNTS", (str(users), str(groups)))
    files = login.LoginFiles(str(tmp_path), sys.executable)
    users.write_text(f"{own}you:x:99999:0::/:/bin/sh\n")
    groups.write_text("some:x:1:you,mes\n")
    assert not files.have_changed()
    groups.write_text("some:x:1:you,me\n")
    assert files.have_changed()
    files = login.LoginFiles(str(tmp_path), sys.executable)
    users.unlink()
    assert files.have_changed()


def test_a_process_that_is_no_login_has_none(
    plugins: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert plugins(f"{_PLACE}.login").login_process() is None


def test_forwarding_that_is_refused_is_seen(
    client: Any, plugins: Callable[[str], Any], tmp_path: Path
) -> None:
    """No connection, no listening socket, a host that closes it, and a path too long for one."""
    forward = plugins(f"{_PLACE}.forward")
    path = str(tmp_path / "s")
    for command in (["false"], ["/no/ssh"]):
        with pytest.raises(client.NotStarted, match="no-forwarding"):
            forward.forward(command, ["false"], path)
    with pytest.raises(client.NotStarted, match="long-path"):
        forward.forward(["true"], ["false"], f"/{'x' * 107}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen()
        closing = threading.Thread(target=lambda: listener.accept()[0].close())
        closing.start()
        with pytest.raises(client.NotStarted, match="no-forwarding"):
            forward.check(path, TOKEN, b"")
        closing.join()


def test_servers_elsewhere_are_ended_and_their_forwarding_is_undone(
    client: Any, call: Any, plugins: Callable[[str], Any], tmp_path: Path
) -> None:
    """Side by side; one whose connection has ended is no trouble."""
    forward = plugins(f"{_PLACE}.forward")
    servers = client.Servers(tmp_path / "warm")
    undone = tmp_path / "undone"
    with _at_login(client, call, tmp_path) as server:
        state = {"socket": server.socket, "cancel": ["touch", str(undone)]}
        servers.token = lambda _: TOKEN
        servers.write("there", state)
        servers.write("gone", {**state, "socket": str(tmp_path / "none"), "cancel": ["false"]})
        forward.end_forwarded(servers, servers.names(), 60)
        assert server.wait()
    assert undone.exists()
    assert [servers.read(name)["socket"] for name in ("there", "gone")] == [None, None]


@pytest.mark.parametrize(
    ("command", "request_of_it"),
    [
        ("/bin/sh -c 'rm -f /x && sleep 0'", {"shell": "/bin/sh", "script": "rm -f /x && sleep 0"}),
        ("/bin/sh -c 'echo '\"'\"'~'\"'\"''", {"shell": "/bin/sh", "script": "echo '~'"}),
        ("/bin/sh -c 'true' x", None),
        ('/bin/sh -c "true"', None),
        ("/bin/sh -c 'true", None),
        ("sh -c 'true'", None),
        ("rm -f /x", None),
        (b"/bin/sh -c 'true'", None),
    ],
)
def test_only_exact_commands_of_a_shell_are_known(
    plugins: Callable[[str], Any], command: Any, request_of_it: Any
) -> None:
    assert plugins(f"{_PLACE}.ssh")._shell_request(command) == request_of_it


@pytest.mark.parametrize(("code", "is_lost"), [(0, False), (3, False), (255, True), (-15, True)])
def test_a_command_that_ran_is_not_run_again(
    plugins: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, code: int, is_lost: bool
) -> None:
    """To ssh an end by a signal, and its own exit code, are a lost connection."""
    module = plugins(f"{_PLACE}.ssh")
    found: Any = (code, b"out", b"err")
    connection = object.__new__(module.Connection)
    connection.host = "h1"
    monkeypatch.setattr(module.Connection, "_do_warm", lambda *_: found)
    monkeypatch.setattr(module.SshConnection, "exec_command", lambda *_, **__: "ordinary")
    command = "/bin/sh -c 'shutdown -r now'"
    if is_lost:
        with pytest.raises(AnsibleConnectionFailure, match="err"):
            connection.exec_command(command, sudoable=False)
    else:
        assert connection.exec_command(command, sudoable=False) == found
    found = None
    assert connection.exec_command(command, sudoable=False) == "ordinary"


@pytest.mark.parametrize(
    ("options", "is_sent"),
    [
        ({}, True),
        ({"sftp_executable": "sftp", "scp_executable": "scp"}, True),
        ({"sftp_extra_args": '-s "sudo sftp-server"'}, False),
        ({"scp_executable": "/opt/scp"}, False),
        ({"ssh_transfer_method": "piped"}, False),
    ],
)
def test_files_go_warm_where_ansible_would_send_them_plainly(
    plugins: Callable[[str], Any], tmp_path: Path, options: dict[str, str], is_sent: bool
) -> None:
    connection = object.__new__(plugins(f"{_PLACE}.ssh").Connection)
    given = {"ssh_transfer_method": "smart", **options}
    connection.get_option = lambda name: given.get(name, "")
    (tmp_path / "file").write_bytes(b"x")
    content, asked = connection._put_request(str(tmp_path / "file"), "/remote")
    assert (content, asked is not None) == ((b"x", True) if is_sent else (b"", False))


def test_only_the_socket_of_a_shared_connection_is_used(
    client: Any, plugins: Callable[[str], Any]
) -> None:
    """The settings of a host may have other forwardings, and passwords."""
    forward = plugins(f"{_PLACE}.forward")
    shown = "echo 'proxycommand sshpass -p hunter2 x'; echo 'controlpath /a b/%C'"
    found = forward.shared_connection(["sh", "-c", shown])
    assert found == ["sh", "-F", "none", "-o", 'ControlPath="/a b/%%C"']
    for command in (["false"], ["/no/ssh"], ["echo", "controlpath none"]):
        with pytest.raises(client.NotStarted, match="no-control-path"):
            forward.shared_connection(command)


def _umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
