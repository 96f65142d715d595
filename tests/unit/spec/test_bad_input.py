"""Each document in ``tests/bad_input`` produces the diagnostics in its text file."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from worldtree.core.errors import Diagnostic, DiagnosticBag, InputError
from worldtree.spec.analysis import resolve_checked, validate_checked
from worldtree.spec.diagnostics_text import render_all
from worldtree.spec.load import load_bytes
from worldtree.spec.source_text import sources_for

HOME = Path(__file__).parents[2] / "bad_input"
CASES = sorted(HOME.glob("*.yaml"))
COMPONENTS = ("etcd", "loadbalancer", "nginx", "os", "pki")


def problems(data: bytes, file: str) -> list[Diagnostic]:
    """Return all diagnostics of a file, with marks."""
    bag = DiagnosticBag()
    try:
        for document in load_bytes(data, file):
            validated = validate_checked(document, bag, components=COMPONENTS)
            if validated.model is not None and not validated.diagnostics:
                resolve_checked(validated.model, document, bag, components=COMPONENTS)
    except InputError as error:
        bag.extend(error.diagnostics)
    return bag.items


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_golden_diagnostics_of_an_invalid_document(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The diagnostics equal the reviewed text file."""
    monkeypatch.chdir(HOME)
    found = problems(case.read_bytes(), case.name)
    text = render_all(found, sources_for(found))
    golden = case.with_suffix(".txt")
    if os.environ.get("WORLDTREE_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert found, "a case of bad input must be reported"
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_mark_is_inside_the_file(case: Path) -> None:
    """Marks name a line and column that exist."""
    data = case.read_bytes()
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", data.decode("utf-8", "replace"))
    for found in problems(data, case.name):
        assert found.mark is not None
        assert found.mark.file == case.name
        assert 1 <= found.mark.line <= len(lines)
        assert 1 <= found.mark.column <= len(lines[found.mark.line - 1]) + 1


def test_every_expectation_has_its_document() -> None:
    """A renamed case leaves no expectation behind."""
    assert {p.stem for p in HOME.glob("*.txt")} == {p.stem for p in CASES}
