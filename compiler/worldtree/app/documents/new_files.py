"""Writes new files, and replaces none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from worldtree.core.errors import RefusedError


def write_new_files(files: Mapping[Path, str], *, hint: str) -> list[Path]:
    """Write ``files``, path -> text, with the directories that they need; return the paths.

    Raises ``RefusedError`` when one of them exists, as a file or as a link to nothing (nothing is
    written then, and ``hint`` says what to do), or cannot be written.
    """
    there = next((path for path in files if os.path.lexists(path)), None)
    if there is not None:
        raise RefusedError(f"{there} already exists", hint=hint)
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Another process may have written the file since.
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as problem:
        msg = f"{problem.filename} cannot be written: {problem.strerror}"
        raise RefusedError(msg) from problem
    return list(files)
