"""Validates a document that was sent to the service, as far as its text alone goes."""

from __future__ import annotations

from typing import Any

from worldtree.app.documents.document_text import read_document
from worldtree.app.views.documents import validation_view
from worldtree.core.errors import InputError


def validate_sent(body: bytes, *, is_json: bool) -> dict[str, Any]:
    """Return whether a document is valid, and each diagnostic once.

    Roles, files and plans are not checked here: compiling a document of a stranger belongs into a
    process of its own. Raises ``RefusedError`` for several documents.
    """
    try:
        found = read_document(body, is_json=is_json)
    except InputError as problem:
        return validation_view(problem.diagnostics, valid=False)
    return validation_view(found.warnings, valid=True)
