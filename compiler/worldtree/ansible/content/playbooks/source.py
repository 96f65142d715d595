"""The text of a playbook by lines: which lines belong to a keyword, which are its comments."""

from __future__ import annotations

import re
from collections.abc import Iterable

import yaml

from worldtree.ansible.content.playbooks.model import Source

_LINE_BREAK = re.compile("\r\n|[\n\r]")
#: What is between a key and the text of its value.
_COLON = re.compile(r"[\"']?\s*:")
_NOTE = re.compile(r"\s+#\s?(.*)$")


class PlaybookText:
    """The lines of one playbook."""

    def __init__(self, text: str) -> None:
        self.lines = tuple(_LINE_BREAK.split(text))
        self._shared = _shared_lines(text)

    def comments_above(self, line: int, column: int, floor: int) -> tuple[int, tuple[str, ...]]:
        """Return where the comments above ``line`` begin, and their text.

        Comments that are indented deeper than ``column`` belong to what stands before them.
        ``floor`` is the first line that may belong to them.
        """
        start = line
        while start > floor:
            text = self.lines[start - 1]
            stripped = text.strip()
            deeper = len(text) - len(text.lstrip()) > column
            if stripped not in ("", "---", "...") and (deeper or not stripped.startswith("#")):
                break
            start -= 1
        return start, self.comments_between(start, line)

    def comments_between(self, start: int, end: int) -> tuple[str, ...]:
        """Return the text of the comments from the line ``start`` up to ``end``."""
        found = (text.strip() for text in self.lines[start:end])
        return tuple(_uncommented(text) for text in found if text.startswith("#"))

    def value(self, key: yaml.Node, value: yaml.Node, end: int) -> Source | None:
        """Return the text of the value of ``key``, up to the line ``end``.

        None where it depends on other lines of the file (anchors, aliases) or is on the line of
        another key.
        """
        line, column = key.start_mark.line, key.start_mark.column
        if any(line <= shared < end for shared in self._shared):
            return None
        after = _COLON.match(self.lines[line], key.end_mark.column - (0 if _bare(key) else 1))
        if after is None or value.start_mark.line < line:
            return None
        rest = list(self.lines[line + 1 : end])
        while rest and not rest[-1].strip():
            rest.pop()
        return Source(self.lines[line][after.end() :].rstrip(), tuple(rest), column)

    def note(self, node: yaml.Node) -> str:
        """Return the comment on the line on which ``node`` ends, if it ends there."""
        if node.end_mark.line >= len(self.lines):
            return ""
        rest = self.lines[node.end_mark.line][node.end_mark.column :]
        found = _NOTE.match(rest)
        return found.group(1).strip() if found else ""


def _bare(key: yaml.Node) -> bool:
    return not (isinstance(key, yaml.ScalarNode) and key.style in ('"', "'"))


def _uncommented(text: str) -> str:
    return text.removeprefix("#").removeprefix(" ").rstrip()


def _shared_lines(text: str) -> tuple[int, ...]:
    """Return the lines with an anchor, an alias or a merge key, counted from 0."""
    return tuple(_anchors(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))))


def _anchors(events: Iterable[yaml.Event]) -> Iterable[int]:
    for event in events:
        merge = isinstance(event, yaml.ScalarEvent) and event.value == "<<" and not event.style
        if merge or getattr(event, "anchor", None):
            mark = event.start_mark
            assert mark is not None
            yield mark.line
