"""Reads text or a file into cluster documents with a mark for each path."""

from __future__ import annotations

from pathlib import Path

from worldtree.core.errors import Diagnostic, InputError, Mark
from worldtree.spec.document import Document
from worldtree.spec.source_text import SourceText, check_text, decode_source, read_source
from worldtree.spec.yaml_composer import Composer


def load_text(text: str, file: str = "<text>") -> list[Document]:
    """Return the documents in ``text``; raises ``InputError`` only."""
    return _load(check_text(text, file))


def load_bytes(data: bytes, file: str = "<stdin>") -> list[Document]:
    """Return the documents in UTF-8 ``data``; raises ``InputError`` only."""
    return _load(decode_source(data, file))


def load_file(path: Path | str) -> list[Document]:
    """Return the documents in the file ``path``; raises ``InputError`` only."""
    return _load(read_source(Path(path)))


def _load(source: SourceText) -> list[Document]:
    roots = Composer(source).documents()
    documents = [
        Document(data=root.data, source=source, index=index, root=root)
        for index, root in enumerate(roots)
        if root.data is not None
    ]
    if not documents:
        raise InputError(
            [
                Diagnostic(
                    "empty-file",
                    f"{source.file} contains no document",
                    "It is empty or contains only comments.",
                    "create a document with `wt init`",
                    mark=Mark(source.file, 1, 1),
                )
            ]
        )
    return documents
