"""docs/operations.md is correct: its commands work, and the unit that it installs is valid."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from acceptance.test_service_local import serve
from acceptance.workspace import Workspace
from unit.store import postgres

ROOT = Path(__file__).parents[2]
_PAGE = ROOT / "docs" / "operations.md"
#: The remark before a block, if there is one, and its commands.
_BLOCK = re.compile(r"(?:<!-- ([^>]*) -->\n)?^```sh\n(.*?)^```$", re.M | re.S)
_PARSED, _SERVER, _EMPTY_SERVER = "parsed only", "with PostgreSQL", "with an empty PostgreSQL"
BLOCKS = [(remark, commands) for remark, commands in _BLOCK.findall(_PAGE.read_text("utf-8"))]


def test_every_block_of_commands_is_found() -> None:
    """None escapes by another name of its language; remarks are those that are heeded."""
    text = _PAGE.read_text("utf-8")
    assert len(BLOCKS) == len(re.findall(r"^```\w", text, re.M)) > 4
    remarks = {remark for remark, _ in BLOCKS if remark}
    assert all(one.startswith((_PARSED, _SERVER, _EMPTY_SERVER)) for one in remarks), remarks


@pytest.mark.parametrize("commands", [commands for _, commands in BLOCKS])
def test_commands_can_be_parsed(commands: str) -> None:
    """Also those that only the superuser can run."""
    done = subprocess.run(["sh", "-n", "-c", commands], capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with programs on its path: `wt`, and a `systemctl` that does nothing."""
    made = Workspace(tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "systemctl").write_text("#!/bin/sh\n", encoding="utf-8")
    (programs / "systemctl").chmod(0o755)
    made.env["PATH"] = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    (tmp_path / "policy.toml").write_text("[policy]\n", encoding="utf-8")
    return made


def _run(workspace: Workspace, commands: str, changes: Mapping[str, str]) -> str:
    """Run a block with other places and ports; return what it prints."""
    for old, new in changes.items():
        commands = commands.replace(old, new)
    done = subprocess.run(
        ["sh", "-euc", commands],
        cwd=workspace.path,
        env=workspace.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{commands}\n{done.stderr}"
    return done.stdout


@pytest.mark.once
def test_commands_do_what_they_say(workspace: Workspace) -> None:
    """On a service with a file: the first user, a copy, and the copy put back."""
    workspace.write({})
    changes = {"/var/lib/worldtree": str(workspace.home)}
    said = ""
    blocks = [commands for remark, commands in BLOCKS if not remark]
    is_restore = ["systemctl stop" in commands for commands in blocks]
    assert is_restore.count(True) == 1
    with serve(workspace, "Bearer none", "--tasks", "0") as served:
        changes["127.0.0.1:8420"] = f"127.0.0.1:{served.client.base_url.port}"
        for commands, later in zip(blocks, is_restore, strict=True):
            said += "" if later else _run(workspace, commands, changes)
    assert '"cluster:create"' in said
    assert workspace.wt("user", "create", "later").code == 0
    _run(workspace, blocks[is_restore.index(True)], changes)
    users = workspace.wt("user", "list").out
    assert "ann" in users
    assert "later" not in users


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    """A server; its programs, too, have to be there."""
    with postgres.server_or_skip("commands on PostgreSQL") as found:
        if shutil.which("pg_dump") is None:
            pytest.skip("commands on PostgreSQL: pg_dump is not installed")
        yield found


@pytest.mark.once
def test_a_server_is_copied_and_put_back(workspace: Workspace, socket: Path) -> None:
    """The copy goes into an empty database; `wt db upgrade` finds nothing to do there."""
    for remark, name in ((_SERVER, "wt_first"), (_EMPTY_SERVER, "wt_second")):
        workspace.env["WORLDTREE_DATABASE_URL"] = postgres.make_database(socket, name)
        if remark == _SERVER:
            assert workspace.wt("user", "create", "ann").code == 0
        (commands,) = (one for found, one in BLOCKS if found.startswith(f"{remark}"))
        _run(workspace, commands, {})
    assert "ann" in workspace.wt("user", "list").out
    assert workspace.wt("db", "upgrade").code == 0


def test_the_unit_is_valid(tmp_path: Path) -> None:
    """systemd takes the unit that is shipped, with a program that exists."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("the unit: systemd-analyze is not installed")
    text = (ROOT / "deploy" / "systemd" / "worldtree.service").read_text("utf-8")
    assert "/opt/worldtree/bin/wt serve" in text
    (tmp_path / "worldtree.service").write_text(
        text.replace("/opt/worldtree/bin/wt", str(Path(sys.executable).parent / "wt")), "utf-8"
    )
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(tmp_path / "worldtree.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    own = [line for line in done.stderr.splitlines() if "worldtree.service" in line]
    assert own == []
