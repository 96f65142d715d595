"""The warm connection: a disk that is full, and what workers know of servers."""

from __future__ import annotations

from collections.abc import Callable
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
