"""The server of the warm connection: what it runs, whom it talks to, when it ends."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.collection.warm_servers import TOKEN, program_of, running, waiting, with_file
from worldtree.runner.process import process_table

_PLACE = "plugin_utils.warm"
#: Another user.
_OTHER = 1

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to act as other users")


@pytest.fixture
def client(plugins: Callable[[str], Any]) -> Any:
    """The module ``client``."""
    return plugins(f"{_PLACE}.client")


@pytest.fixture
def call(plugins: Callable[[str], Any]) -> Callable[..., Any]:
    """Return a function that returns the call of a module."""
    payload = plugins(f"{_PLACE}.payload")
    return lambda module: payload.parse_module(program_of(module))


def _request(client: Any, path: str, call: Any, token: str = TOKEN, **environment: str) -> Any:
    return client.request_module(path, token, call, base64.b64decode(call.zip_data), environment)


def test_a_module_gives_what_it_gives_in_a_process_of_its_own(
    client: Any, call: Callable[..., Any]
) -> None:
    """The same result, exit code, environment, directory, umask, signals, descriptors, limits."""
    seen = []
    ordinary = subprocess.run(
        [sys.executable],
        input=program_of("command"),
        capture_output=True,
        check=False,
        env={**os.environ, "WORD": "a b", "WORLDTREE_ATTEMPT": "x"},
    )
    seen.append((ordinary.returncode, ordinary.stdout, ordinary.stderr))
    with running(client, call("ping"), environment={"WORLDTREE_ATTEMPT": "x"}) as server:
        seen += [_request(client, server.socket, call("command"), WORD="a b")] * 2
    results = []
    for code, out, err in seen:
        result = json.loads(out)
        results.append({key: result[key] for key in ("stdout", "stderr", "rc", "failed", "cmd")})
        assert (code, err) == (1, b"")
    assert results[0] == results[1] == results[2]
    assert (results[0]["stdout"], results[0]["rc"]) == ("a b", 3)


def test_what_a_module_brings_replaces_what_was_imported(
    client: Any, call: Callable[..., Any]
) -> None:
    """A team's own `basic.py` is used by the modules that bring it, and by no other."""
    probe = (
        "import sys\n"
        "from ansible.module_utils import basic\n"
        "print(hasattr(basic, 'X'), basic.__loader__.archive == sys.path[0])\n"
    )
    plain = with_file(call("ping"), "ansible/modules/ping.py", lambda _: probe)
    changed = with_file(plain, "ansible/module_utils/basic.py", lambda text: f"{text}\nX = 1\n")
    with running(client, call("ping")) as server:
        said = [_request(client, server.socket, one)[1] for one in (plain, changed, plain)]
    assert [text.splitlines()[0] for text in said] == [b"False True", b"True True", b"False True"]


def test_only_who_has_the_token_is_answered(client: Any, call: Callable[..., Any]) -> None:
    with running(client, call("ping")) as server:
        with pytest.raises(client.NotStarted, match="gone"):
            _request(client, server.socket, call("ping"), token="cd" * 32)
        assert _request(client, server.socket, call("ping"))[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_leaves_nothing(
    client: Any, call: Callable[..., Any], number: int
) -> None:
    with running(client, call("ping")) as server:
        os.kill(server.pid, number)
        assert server.wait()


@pytest.mark.parametrize("kernel", ["current", "old"])
def test_it_ends_when_it_is_asked_to(
    client: Any, call: Callable[..., Any], kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old kernel cannot report the end of a process."""
    with running(client, call("ping")) as server:
        with monkeypatch.context() as patched:
            if kernel == "old":
                patched.delattr(os, "pidfd_open")
            client.end_server(server.socket, TOKEN, 60)
        assert server.wait()


#: A signal comes just before the server waits, or while it is about to go on after a fork.
#:
#: For the first, the signal reaches another thread, which gets to run only where this one waits:
#: for this one it is as if the signal had come just before.
_SIGNALS = """
import os, signal, socket, sys, threading, types
from ansible_collections.worldtree.core.plugins.plugin_utils.warm import server as warm
path, moment = sys.argv[1:]
server = warm.Server({"token": "00" * 32})
server._files = types.SimpleNamespace(have_changed=lambda: False)
signal.signal(signal.SIGTERM, server._note_end)
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen()
watch = types.SimpleNamespace(
    descriptor=os.pipe()[0], has_ended=lambda: False, close=lambda: None
)
if moment == "before-poll":
    sys.setswitchinterval(1000)
    serving = threading.Lock()
    def send():
        with serving:
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    with serving:
        threading.Thread(target=send).start()
else:
    os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGTERM))
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.shutdown(socket.SHUT_WR)
pid = os.getpid()
try:
    server._serve(listener, watch)
finally:
    if os.getpid() != pid:
        os._exit(0)
print("ended")
"""


@pytest.mark.parametrize("moment", ["before-poll", "after-fork"])
def test_a_signal_is_seen_at_any_moment(tmp_path: Path, moment: str) -> None:
    collections = Path(__file__).parents[3] / "collections"
    done = subprocess.run(
        [sys.executable, "-c", _SIGNALS, str(tmp_path / "s"), moment],
        env={**os.environ, "PYTHONPATH": str(collections)},
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    assert done.stdout == b"ended\n"


def test_it_ends_with_the_process_that_it_watches(client: Any, call: Callable[..., Any]) -> None:
    with running(client, call("ping")) as server:
        server.watched.kill()
        server.watched.wait()
        assert server.wait()


@pytest.mark.parametrize("change", ["new", "in place"])
def test_it_ends_when_files_change_that_a_new_python_would_read(
    client: Any, call: Callable[..., Any], tmp_path: Path, change: str
) -> None:
    """Nothing is started then; the other side starts another server."""
    path = tmp_path / "path"
    path.mkdir()
    (path / "some.pth").touch()
    with running(client, call("ping"), environment={"PYTHONPATH": str(path)}) as server:
        if change == "new":
            (path / "new.py").touch()
        else:
            (path / "some.pth").write_text("# changed in place")
        with pytest.raises(client.NotStarted, match=r"stale|gone"):
            _request(client, server.socket, call("ping"))
        assert server.wait()


def test_a_program_that_starts_python_has_no_server(
    client: Any, call: Callable[..., Any], tmp_path: Path
) -> None:
    """It may start another one next time, as those of pyenv do."""
    shim = tmp_path / "python3"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    shim.chmod(0o755)
    with (
        pytest.raises(client.NotStarted, match="starts Python"),
        running(client, call("ping"), interpreter=str(shim)),
    ):
        pytest.fail("it has started")


def test_an_end_without_a_result_is_told_from_a_start_that_failed(
    client: Any, call: Callable[..., Any]
) -> None:
    kill = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"
    killing = with_file(call("ping"), "ansible/modules/ping.py", lambda _: kill)
    with running(client, call("ping")) as server, pytest.raises(client.ConnectionLost):
        _request(client, server.socket, killing)


def test_a_killed_server_is_seen_at_once_while_its_modules_run(
    client: Any, call: Callable[..., Any], tmp_path: Path
) -> None:
    """Nobody waits for an answer that cannot come; the last module leaves nothing behind."""
    with running(client, call("ping")) as server:
        with waiting(client, server, call("ping"), tmp_path) as module:
            os.kill(server.pid, signal.SIGKILL)
            assert server.has_ended()
            with socket.socket(socket.AF_UNIX) as late, pytest.raises(ConnectionRefusedError):
                late.connect(server.socket)
            with pytest.raises(client.NotStarted, match="gone"):
                _request(client, server.socket, call("ping"))
            assert module.resume()
            assert b"done\n" in module.result.result()[1]
        assert server.wait()


def test_a_module_that_hangs_keeps_no_server(
    client: Any, call: Callable[..., Any], tmp_path: Path
) -> None:
    """It goes on, and what it imports from stays until its end."""
    with running(client, call("ping")) as server:
        with waiting(client, server, call("ping"), tmp_path) as module:
            server.watched.kill()
            server.watched.wait()
            assert server.has_ended()
            assert module.resume()
            assert b"done\n" in module.result.result()[1]
        assert server.wait()


def test_a_module_keeps_its_zip_when_nobody_waits_for_its_output(
    client: Any, call: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Output that was not read resets the connection, which is more than its end."""

    def go_away(connection: socket.socket) -> None:
        connection.recv(1, socket.MSG_PEEK)
        raise EOFError

    monkeypatch.setattr(client, "_read_result", go_away)
    with running(client, call("ping")) as server:
        with waiting(client, server, call("ping"), tmp_path) as module:
            with pytest.raises(client.ConnectionLost):
                module.result.result()
            os.kill(server.pid, signal.SIGTERM)
            assert server.has_ended()
            assert module.resume()
        assert server.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_all_of_its_processes_leaves_nothing(
    client: Any, call: Callable[..., Any], tmp_path: Path, number: int
) -> None:
    """Those that serve a request remove what the server leaves to them."""
    with running(client, call("ping")) as server:
        with waiting(client, server, call("ping"), tmp_path) as module:
            for process in (server.pid, *process_table.descendants(server.pid)):
                os.kill(process, number)
            assert module.result.result() == (-number, b"first\n", b"")
        assert server.wait()


@as_root
def test_other_users_can_neither_talk_to_it_nor_read_from_it(
    client: Any, call: Callable[..., Any]
) -> None:
    """The directory and the process are closed; who reaches the socket still is refused."""
    look = (
        "import os, sys\n"
        "for path in sys.argv[1:]:\n"
        "    try: print(os.listdir(path))\n"
        "    except PermissionError: print('closed')\n"
    )
    end = (
        "import socket, sys\n"
        "s = socket.socket(socket.AF_UNIX)\n"
        "s.connect(sys.argv[1])\n"
        "quit = b'{\"quit\": true}'\n"
        "try:\n"
        "    s.sendall(bytes.fromhex(sys.argv[2]) + len(quit).to_bytes(4, 'big') + quit)\n"
        "    print(s.recv(1))\n"
        "except ConnectionError: print(b'')\n"
    )
    first = call("ping")
    with running(client, first) as server:
        assert _say(look, str(server.directory), f"/proc/{server.pid}/fd") == "closed\nclosed\n"
        server.directory.chmod(0o711)
        Path(server.socket).chmod(0o666)
        assert _say(end, server.socket, TOKEN) == "b''\n"
        code, out, _ = _request(client, server.socket, first)
        assert (code, json.loads(out)["ping"]) == (0, "it's 'x'")


def _say(program: str, *words: str) -> str:
    """Return what a program prints as another user."""
    return subprocess.run(
        ["/usr/bin/python3", "-c", program, *words],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd="/",
        user=_OTHER,
        group=_OTHER,
        extra_groups=[],
    ).stdout
