"""Pass ``load``: text -> documents with a mark (file, line, column) per path."""

from __future__ import annotations

from pathlib import Path

from worldtree.spec.document import Document
from worldtree.spec.load import load_file, load_text


def load(path: Path) -> list[Document]:
    """Return the documents in the file ``path``; raises ``InputError``."""
    return load_file(path)


def load_submitted(text: str, name: str) -> list[Document]:
    """Return the documents in a text that came without a file; raises ``InputError``."""
    return load_text(text, name)
