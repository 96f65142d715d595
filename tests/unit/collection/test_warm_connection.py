"""The warm connection: a full disk, what workers know of servers, and servers that misbehave."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

_RESULTS = {"warm": (0, b"warm", b""), "ordinary": (0, b"ordinary", b"")}


@pytest.fixture
def directory(
    plugins: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The directory that workers share, which does not exist yet."""
    found = tmp_path / "warm"
    monkeypatch.setattr(plugins("plugin_utils.warm.connection"), "warm_directory", lambda: found)
    return found


@pytest.fixture
def connection(plugins: Callable[[str], Any]) -> Any:
    """A warm connection: of the standard inputs of its commands, only `known` goes warm."""
    module = plugins("plugin_utils.warm.connection")

    class Ordinary:
        become = None
        _play_context = SimpleNamespace(remote_addr="h1")

        def exec_command(self, *_: Any, **__: Any) -> tuple[int, bytes, bytes]:
            return _RESULTS["ordinary"]

        def reset(self) -> None:
            pass

    class Warm(module.WarmConnection, Ordinary):  # type: ignore[misc]  # loaded by its name
        def _run_warm(self, servers: Any, cmd: str, in_data: bytes, sudoable: bool) -> Any:
            if in_data == b"known":
                return _RESULTS["warm"]
            return super()._run_warm(servers, cmd, in_data, sudoable)

        def _warm_host(self) -> str:
            return "local"

    return Warm()


def test_a_full_disk_loses_a_count_and_no_result(connection: Any, directory: Path) -> None:
    directory.mkdir()
    (directory / "counts").symlink_to("/dev/full")
    assert connection.exec_command("", in_data=b"known") == _RESULTS["warm"]
    assert connection.exec_command("", in_data=b"unknown") == _RESULTS["ordinary"]


def test_a_reset_needs_no_directory_and_makes_none(connection: Any, directory: Path) -> None:
    connection.reset()
    assert not directory.exists()
    directory.mkdir()
    (directory / "key").symlink_to("key")
    connection.reset()


@pytest.fixture
def listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A socket at the relative path ``s``, as the whole one may be too long."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as found:
        found.bind("s")
        found.listen()
        yield found


def _has_been_asked_to_end(listener: socket.socket) -> bool:
    connection, _ = listener.accept()
    with connection:
        return connection.recv(4096)[36:] == json.dumps({"quit": True}).encode()


def test_a_server_that_does_not_answer_is_asked_to_end_and_replaced(
    plugins: Callable[[str], Any], directory: Path, listener: socket.socket
) -> None:
    """It does not count among the servers of its host any more."""
    servers = plugins("plugin_utils.warm.client").Servers(directory)
    name = servers.name("local", "x")
    servers.write(name, {"starts": 1, "socket": "s"})
    servers.replace(name, "another")
    assert servers.of_host("local") == [name]
    assert servers.of_host("another") == []
    servers.replace(name, "s")
    assert servers.of_host("local") == []
    assert servers.read(name)["starts"] == 1
    assert _has_been_asked_to_end(listener)


def test_ending_servers_does_not_wait_for_who_starts_one(
    plugins: Callable[[str], Any], directory: Path, listener: socket.socket
) -> None:
    servers = plugins("plugin_utils.warm.client").Servers(directory)
    servers.write("x", {"starts": 1, "socket": "s"})
    with servers.locked("x"):
        servers.end(0.01)
    assert _has_been_asked_to_end(listener)


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (b"S", "NotStarted", "stale"),
        (b"?", "NotStarted", "unknown-answer"),
        (b"R?", "ConnectionLost", "^$"),
    ],
)
def test_unknown_answers_are_refused(
    plugins: Callable[[str], Any], listener: socket.socket, answer: bytes, error: str, text: str
) -> None:
    client = plugins("plugin_utils.warm.client")
    call = SimpleNamespace(module="m", profile="p", rlimit_nofile=0, parameters=b"")

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(answer)
            while connection.recv(4096):
                pass

    with ThreadPoolExecutor(1) as pool:
        served = pool.submit(serve)
        with pytest.raises(getattr(client, error), match=text):
            client.request_module("s", "ab" * 32, call, b"", {})
        served.result()


def test_directories_of_killed_servers_are_removed(
    plugins: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those in use stay, and those that may be starting."""
    module = plugins("plugin_utils.warm.server_directory")
    monkeypatch.setattr(module, "_PLACES", (str(tmp_path),))
    used, unused = module.ServerDirectory("wt-x"), module.ServerDirectory("wt-x")
    unused.release()
    (tmp_path / ".wt-x-without-lock").mkdir()
    module.remove_abandoned()
    assert len(list(tmp_path.iterdir())) == 3
    module.remove_abandoned("wt-x", 0)
    assert [str(path) for path in tmp_path.iterdir()] == [used.path]
    used.leave()
    assert list(tmp_path.iterdir()) == []
