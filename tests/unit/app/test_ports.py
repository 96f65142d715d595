"""The application reads its surroundings through its ports; ruff bans the rest by name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import worldtree.app

FILES = sorted(Path(worldtree.app.__file__).parent.rglob("*.py"))
#: Functions that read the working directory, the environment or the terminal.
BANNED = {"absolute", "resolve", "expanduser", "expandvars", "isatty", "print", "input"}


def banned_calls(source: str) -> list[str]:
    """Return the names in ``BANNED`` that ``source`` calls."""
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = [f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in calls]
    return [name for name in names if name in BANNED]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_module_reads_its_surroundings(file: Path) -> None:
    assert banned_calls(file.read_text()) == []


def test_a_banned_call_is_found() -> None:
    assert banned_calls("x.absolute(); print(y)") == ["absolute", "print"]
