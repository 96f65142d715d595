"""Validates a document that was sent to the service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worldtree.app.documents.compile_exchange import CompileOrder
from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.document_text import DOCUMENT_NAME, read_document
from worldtree.app.documents.isolated_compile import IsolatedCompiler
from worldtree.app.views.documents import validation_view
from worldtree.core.errors import InputError


def validate_sent(
    body: bytes,
    *,
    is_json: bool,
    policy: DocumentPolicy,
    content: bytes | None = None,
    scratch: Path,
) -> dict[str, Any]:
    """Return whether a document is valid and does what is allowed, and each diagnostic once.

    One that is valid also has the numbers of its hosts and nodes.
    It is compiled in a process of its own, which writes below ``scratch``, unless its text alone is
    wrong. ``content`` is a tar with what lies beside it. Raises ``RefusedError`` for several
    documents, and for one that meets a limit of that process.
    """
    try:
        text = read_document(body, is_json=is_json).text
    except InputError as problem:
        return validation_view(problem.diagnostics, valid=False)
    order = CompileOrder(text, DOCUMENT_NAME, "validate", policy)
    answer = IsolatedCompiler(scratch=scratch).compile(order, content)
    found = validation_view(answer.diagnostics, valid=not answer.has_errors)
    if answer.size is not None:
        found["hosts"], found["nodes"] = answer.size
    return found
