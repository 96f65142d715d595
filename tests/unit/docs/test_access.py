"""docs/access.md has the roles that the program has, and its commands work as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import homes
from worldtree.auth.permissions import BUILTIN_ROLES, PERMISSIONS
from worldtree.auth.tokens import new_token
from worldtree.cli.main import run

PAGE = Path(__file__).parents[3] / "docs" / "access.md"


def cells(line: str) -> list[str]:
    """The cells of a line of a table, without backticks."""
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]


def test_the_table_of_roles_is_that_of_the_program() -> None:
    rows = [cells(line) for line in PAGE.read_text().splitlines() if line.startswith("|")]
    (_, _, *roles), _, *permissions = rows
    assert roles == list(BUILTIN_ROLES)
    assert {name: meaning for name, meaning, *_ in permissions} == PERMISSIONS
    for name, _, *has in permissions:
        for role, cell in zip(roles, has, strict=True):
            assert (cell == "yes") is (name in BUILTIN_ROLES[role]), (name, role)


def test_the_commands_work_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORLDTREE_HOME", str(homes.prepare(tmp_path / "state")))
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    assert len(commands) > 20
    ids: list[str] = []
    for command in commands:
        words = shlex.split(command)
        assert words.pop(0) == "wt"
        code = run([ids[0] if word == "ID" else word for word in words])
        said = capsys.readouterr()
        assert code == 0, (command, said.err)
        ids += re.findall(r"^token (\w+) of", said.err)


def test_the_pattern_for_scanners_finds_tokens() -> None:
    [pattern] = re.findall(r"`(wt\[ps\].*?)`", PAGE.read_text())
    assert re.search(pattern, f'token = "{new_token()}"')
