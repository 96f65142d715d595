"""Finds secret references in a document."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from worldtree.core.errors import InputError, Mark
from worldtree.spec.document import Document
from worldtree.spec.load import load_file
from worldtree.spec.secret_references import SecretRef, walk_texts

#: Returns the place of the first occurrence of a reference; None when it is not found.
LocateSecret = Callable[[SecretRef], Mark | None]


def secret_locator(file: Path, cluster: str, working_directory: Path) -> LocateSecret:
    """Return a function that finds references in the document of ``cluster``.

    The file is read on the first call. When it is missing or invalid by then, nothing is found.
    """

    @cache
    def documents() -> list[Document]:
        try:
            found = load_file(_relative_path(file, working_directory))
        except InputError:
            return []
        return [one for one in found if one.value(("metadata", "name")) == cluster]

    def locate(reference: SecretRef) -> Mark | None:
        marks = (find_reference(reference, document) for document in documents())
        return next((mark for mark in marks if mark is not None), None)

    return locate


def find_reference(reference: SecretRef, document: Document) -> Mark | None:
    """Return the mark of the first ``${provider:rest}`` in ``document``; None when it has none."""
    written = f"${{{reference}}}"
    for path, text in walk_texts(document.data):
        if written in text.replace("$${", "$$"):
            return _mark_within(document.mark(path), written, document)
    return None


def _mark_within(value: Mark, written: str, document: Document) -> Mark:
    """Return the place of ``written`` in a value; the whole value when its spelling differs.

    It differs, for example, by an escape in a quoted string.
    """
    lines = document.source.lines
    for number in range(value.line, (value.end_line or value.line) + 1):
        begin = value.column - 1 if number == value.line else 0
        column = lines[number - 1].find(written, begin) + 1 if number <= len(lines) else 0
        if column:
            return Mark(value.file, number, column, number, column + len(written))
    return value


def _relative_path(file: Path, directory: Path) -> Path:
    """Return ``file`` relative to ``directory`` when it lies below it: messages show that path."""
    return file.relative_to(directory) if file.is_relative_to(directory) else file
