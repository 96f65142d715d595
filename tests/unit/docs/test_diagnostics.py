"""docs/diagnostics.d explains every slug that the code can report, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")


def texts() -> Iterator[str]:
    """Every string constant of the package that has the form of a slug."""
    for file in sorted((ROOT / "compiler" / "worldtree").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str) and SLUG.fullmatch(value):
                yield value


def reported() -> set[str]:
    """Slugs that are the first argument of a call that creates or adds a diagnostic."""
    found = set()
    for file in sorted((ROOT / "compiler" / "worldtree").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("Diagnostic", "error", "warning"):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and SLUG.fullmatch(str(first.value)):
                    found.add(first.value)
    return found


def explained() -> set[str]:
    found: set[str] = set()
    for file in (ROOT / "docs" / "diagnostics.d").glob("*.md"):
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r"^## +`?([a-z0-9-]+)`?$", text, re.MULTILINE))
    return found


def test_every_reported_slug_is_explained() -> None:
    assert sorted(reported() - explained()) == []


def test_every_explained_slug_is_used() -> None:
    assert sorted(explained() - set(texts())) == []
