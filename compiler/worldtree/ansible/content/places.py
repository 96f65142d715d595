"""Finds the line of a file that a problem is about, where reading the file again shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from worldtree.core.errors import Mark


def word_mark(file: Path, word: str) -> Mark:
    """Return the mark of the first ``word`` outside comments; that of the whole file if none."""
    pattern = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w-])")
    for number, line in enumerate(_text(file).splitlines(), 1):
        found = None if line.lstrip().startswith("#") else pattern.search(line)
        if found:
            return Mark(str(file), number, found.start() + 1, number, found.end() + 1)
    return Mark.of_file(str(file))


def key_mark(file: Path, keys: Sequence[str]) -> Mark:
    """Return the mark of the mapping key at ``keys``, or of the last of them that exists.

    That of the whole file when it has none of them.
    """
    whole = Mark.of_file(str(file))
    try:
        node = yaml.compose(_text(file), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return whole
    found: yaml.Node | None = None
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        match = next(((k, v) for k, v in pairs if getattr(k, "value", None) == key), None)
        if match is None:
            break
        found, node = match
    if found is None:
        return whole
    start, end = found.start_mark, found.end_mark
    return Mark(str(file), start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
