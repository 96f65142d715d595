"""Documents of the database as files, for the compiler and for resuming."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from worldtree.app.documents.document_text import DOCUMENT_NAME
from worldtree.core.errors import RefusedError
from worldtree.core.private_directories import make_private_directory

if TYPE_CHECKING:
    from worldtree.store.store import Store


def document_file(store: Store, home: Path, digest: str) -> Path:
    """Write a stored document to a file below ``home``, unless it is whole, and return its path.

    The directory is its own, so that relative paths in it lead to nothing else. The path is the
    same for the same document, and its name that of all documents that were sent, which places of
    problems and failures show. Raises ``RefusedError`` for an unknown digest.
    """
    try:
        document = store.document(digest)
    except KeyError:
        raise RefusedError(
            f"there is no document {digest}",
            code="document-unknown",
            hint="put the document again",
        ) from None
    directory = home / "documents" / digest
    file = directory / DOCUMENT_NAME
    if not file.is_file() or file.read_text(encoding="utf-8") != document.body:
        make_private_directory(directory)
        with NamedTemporaryFile("w", encoding="utf-8", dir=directory, delete=False) as made:
            made.write(document.body)
        Path(made.name).replace(file)
    return file
