"""Every slug of this package is documented, and produced by an invalid document."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import worldtree.spec

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs" / "diagnostics.d" / "spec.md"
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
_MAKERS = {
    "error",
    "warning",
    "Diagnostic",
    "validation_problem",
    "_fail",
    "_stop",
    "pattern_reader",
}
#: Not about the contents of a document: other tests cover them.
_ELSEWHERE = {
    "file-not-found",
    "file-too-large",
    "file-unreadable",
    "too-many-hosts",
    "unknown-path",
}


def _slugs() -> Iterator[str]:
    (package,) = worldtree.spec.__path__
    for file in Path(package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                for argument in node.args if name in _MAKERS else ():
                    value = getattr(argument, "value", None)
                    if isinstance(value, str) and _SLUG.fullmatch(value):
                        yield value


def test_every_slug_has_an_entry_in_the_docs_and_no_other() -> None:
    """A slug that a user sees can be looked up."""
    entries = re.findall(r"^## (.+)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(entries) == sorted(set(_slugs()))
    assert len(entries) == len(set(entries))


def test_every_slug_is_shown_by_a_wrong_document() -> None:
    """What can be said about a document has a case that says it."""
    texts = (ROOT / "tests" / "bad_input").glob("*.txt")
    shown = {
        slug
        for file in texts
        for slug in re.findall(r" \[([a-z0-9-]+)\]$", file.read_text("utf-8"), re.MULTILINE)
    }
    assert set(_slugs()) - _ELSEWHERE <= shown
