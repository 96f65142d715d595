"""Writes small directory trees, so that a case shows only the files it is about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent


def write_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write ``files`` (path below ``root`` → text) and return ``root``."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    root.mkdir(parents=True, exist_ok=True)
    return root


#: The least that makes a role.
MAIN = "- ansible.builtin.debug:\n"
