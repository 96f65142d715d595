"""Finds the line of a file that a problem is about, where reading the file again shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import yaml

from worldtree.core.errors import Mark

#: libyaml's, ten times as fast, where PyYAML was built with it.
_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: What Jinja reads of a text that has braces.
_BRACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def word_mark(file: Path, word: str, *, from_line: int = 1) -> Mark:
    """Return the mark of the first ``word`` outside comments; that of the whole file if none."""
    pattern = _pattern(word)
    for number, line in enumerate(_text(file).splitlines(), 1):
        found = None if line.lstrip().startswith("#") else pattern.search(line)
        if found and number >= from_line:
            return Mark(str(file), number, found.start() + 1, number, found.end() + 1)
    return Mark.of_file(str(file))


def scalar_word_mark(file: Path, word: str, reads: Callable[[object], bool]) -> Mark:
    """Return the mark of ``word`` in the first YAML scalar for which ``reads`` is true.

    ``reads`` gets a mapping of the scalar's key to its text, since keys say how a text is read.
    Without such a scalar: as ``word_mark``.
    """
    text = _text(file)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return word_mark(file, word)
    for key, node in _scalars(root, ""):
        start, end = node.start_mark.index, node.end_mark.index
        spans = [one.span() for one in _BRACES.finditer(text, start, end)] or [(start, end)]
        found = next(filter(None, (_pattern(word).search(text, *span) for span in spans)), None)
        if found and reads({key: node.value}):
            before = text[: found.start()]
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            return Mark(str(file), line, column, line, column + len(word))
    return word_mark(file, word)


def _scalars(node: yaml.Node | None, key: str) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Yield each scalar with the nearest key above it, in the order of the text."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from _scalars(value, str(name.value))
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item, key)
    elif isinstance(node, yaml.ScalarNode):
        yield key, node


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w-])")


def key_mark(file: Path, keys: Sequence[str]) -> Mark:
    """Return the mark of the mapping key at ``keys``, or of the last of them that exists.

    That of the whole file when it has none of them.
    """
    whole = Mark.of_file(str(file))
    text = _text(file)
    if keys and keys[0] not in text:
        return whole  # Composing a large file takes long.
    try:
        node = yaml.compose(text, Loader=_LOADER)
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


def node_mark(file: Path, keys: Sequence[str | int]) -> Mark:
    """Return the mark of the value at ``keys`` of a YAML file, or of the last part that exists."""
    try:
        node = yaml.compose(_text(file), Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError):
        return Mark.of_file(str(file))
    if node is None:
        return Mark.of_file(str(file))
    start = node.start_mark
    for key in keys:
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            start = node.start_mark
            continue
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        match = next(((k, v) for k, v in pairs if getattr(k, "value", None) == key), None)
        if match is None:
            break
        start, node = match[0].start_mark, match[1]
    return Mark(str(file), start.line + 1, start.column + 1)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
