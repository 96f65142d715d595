"""Prompts on a terminal can be read, answered and interrupted; so can the connection check."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from acceptance.terminal import Terminal, terminal
from acceptance.workspace import COMMAND, Workspace

LOCAL = {"connection": "local"}


def one_step(path: Path, argv: list[str], host: Mapping[str, Any] = LOCAL) -> Workspace:
    """A cluster of one host with one step."""
    place = Workspace(path)
    task = {"name": "t", "steps": [{"name": "s", "command": {"argv": argv}}]}
    modules = [{"name": "m", "tasks": [task]}]
    place.write({"hosts": [{"name": "a", **host}], "modules": modules})
    return place


@contextmanager
def typed(place: Workspace, *arguments: str) -> Iterator[Terminal]:
    """``wt`` with these arguments on a terminal."""
    with terminal([*COMMAND, *arguments], place.path, place.environment) as found:
        yield found


@pytest.fixture
def failing(tmp_path: Path) -> Workspace:
    """A cluster whose task fails until there is a file ``go``."""
    return one_step(tmp_path, ["test", "-e", str(tmp_path / "go")])


def test_the_resume_prompt_is_not_overwritten(failing: Workspace) -> None:
    assert failing.wt("apply", "--yes").code == 1
    with typed(failing, "resume") as shown:
        shown.wait_for("Continue create-cluster on `cluster`? [y/N]: ")
        assert shown.quiet_for(1)
        shown.interrupt()
        assert shown.end() == 130
    (failing.path / "go").touch()
    with typed(failing, "resume") as shown:
        shown.wait_for("[y/N]: ")
        shown.type("y")
        assert shown.end() == 0


def test_a_secret_prompt_is_not_overwritten_or_echoed(tmp_path: Path) -> None:
    place = one_step(tmp_path, ["test", "${prompt:Word}", "=", "open sesame"])
    with typed(place, "apply", "--yes") as shown:
        shown.wait_for("Word: ")
        assert shown.quiet_for(1)
        shown.interrupt()
        assert shown.end() == 130
    with typed(place, "apply", "--yes") as shown:
        shown.wait_for("Word: ")
        shown.type("open sesame")
        assert shown.end() == 0
        assert "sesame" not in shown.shown


@pytest.mark.alone
def test_ctrl_c_interrupts_the_connection_check(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        port = silent.getsockname()[1]
        place = one_step(tmp_path, ["true"], {"address": "127.0.0.1", "port": port})
        with typed(place, "apply", "--yes", "--connect-timeout", "60") as shown:
            connection, _ = silent.accept()
            with connection:
                shown.interrupt()
                began = time.monotonic()
                assert shown.end() == 130, shown.shown
                assert time.monotonic() - began < 5
    assert "cancelled" in shown.shown
