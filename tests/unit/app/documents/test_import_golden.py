"""Each file of tests/golden/imports holds playbooks, and what an import makes of them.

A new case is a file with the playbooks: `=== path` before each; `make golden`
(``WORLDTREE_UPDATE_GOLDEN=1``) writes the rest.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from worldtree.app.documents.document_service import DocumentService
from worldtree.app.documents.import_playbooks import ImportRequest, PlaybookImportService
from worldtree.core.errors import Diagnostic, InputError

GOLDEN = Path(__file__).parents[3] / "golden" / "imports"
FILES = sorted(GOLDEN.glob("*.txt"))


def _inputs(file: Path) -> dict[str, str]:
    text = file.read_text(encoding="utf-8").partition("\n>>> ")[0]
    parts = re.split(r"^=== (.+)\n", text, flags=re.MULTILINE)[1:]
    return {
        name: inner.rstrip() + "\n" for name, inner in zip(parts[::2], parts[1::2], strict=True)
    }


def _imported(directory: Path, inputs: dict[str, str]) -> str:
    for name, text in inputs.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    playbook = directory / next(iter(inputs))
    service = PlaybookImportService(directory, {}, DocumentService())
    try:
        found = service.read(ImportRequest((playbook,), ("web1,",)))
    except InputError as problem:
        return _section("errors", _told(problem.diagnostics, directory))
    files = {found.path: found.text, **found.files}
    texts = [_section(str(path.relative_to(directory)), text) for path, text in files.items()]
    if found.findings:
        texts.append(_section("report", _told(found.findings, directory)))
    return "\n".join(texts)


def _section(name: str, text: str) -> str:
    return f">>> {name}\n{text}"


def _told(found: list[Diagnostic] | tuple[Diagnostic, ...], directory: Path) -> str:
    lines = [
        f"{one.mark}: {one.slug}: {one.summary}\n  why: {one.detail}\n  help: {one.hint}\n"
        for one in found
    ]
    return "".join(lines).replace(f"{directory}/", "").replace("  why: \n", "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_playbooks_become_the_document_of_their_golden_file(file: Path, tmp_path: Path) -> None:
    """Playbooks become exactly the reviewed document, files and findings."""
    inputs = _inputs(file)
    before = "\n".join(f"=== {name}\n{text}" for name, text in inputs.items())
    rendered = f"{before}\n{_imported(tmp_path, inputs)}"
    if os.environ.get("WORLDTREE_UPDATE_GOLDEN"):
        file.write_text(rendered, encoding="utf-8")
    assert rendered == file.read_text(encoding="utf-8")
