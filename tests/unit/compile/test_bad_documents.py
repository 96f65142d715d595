"""Each document in ``tests/bad_input/compiled`` gives the diagnostics that stand beside it.

These need roles, components and step kinds; ``unit/spec/test_bad_input.py`` has the others.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.documents.document_service import DocumentService
from worldtree.spec.diagnostics_text import render_all
from worldtree.spec.source_text import sources_for

HOME = Path(__file__).parents[2] / "bad_input" / "compiled"
ROOT = Path(__file__).parents[3]
CASES = sorted(HOME.glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_golden_diagnostics_of_a_document_that_cannot_be_compiled(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said is what stands in the file, which a person has read."""
    monkeypatch.chdir(HOME)
    _, found = DocumentService().validate(DocumentRequest(Path(case.name)))
    text = render_all(found, sources_for(found)).replace(f"{ROOT}/", "")
    golden = case.with_suffix(".txt")
    if os.environ.get("WORLDTREE_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert found, "a case of bad input must be reported"
    assert all(d.mark is not None for d in found)
    assert text == golden.read_text(encoding="utf-8")


def test_every_expectation_has_its_document() -> None:
    assert {p.stem for p in HOME.glob("*.txt")} == {p.stem for p in CASES}
