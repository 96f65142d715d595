"""Finds the names of environment variables that texts of tasks, templates and variables look up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: A quote: also escaped in a quoted YAML text, or doubled.
_QUOTE = r"""(?:\\?["']|'')"""
_TERM = rf"{_QUOTE}[A-Za-z_][A-Za-z0-9_]*{_QUOTE}"
_LOOKUP = re.compile(
    rf"\b(?:lookup|query|q)\(\s*{_QUOTE}(?:ansible\.(?:builtin|legacy)\.)?env{_QUOTE}\s*,\s*"
    rf"(?P<terms>\[?\s*{_TERM}(?:\s*,\s*{_TERM})*)"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class EnvironmentLookup:
    """One name in a text; line and column count from 1."""

    name: str
    line: int
    column: int


def environment_lookups(text: str) -> Iterator[EnvironmentLookup]:
    """Yield each literal name of `lookup('env', 'NAME')` and `query('env', …)`, comments aside."""
    for match in _LOOKUP.finditer(text):
        begin = text.rfind("\n", 0, match.start()) + 1
        if text[begin : match.start()].lstrip().startswith("#"):
            continue
        for name in _NAME.finditer(text, match.start("terms"), match.end("terms")):
            start = text.rfind("\n", 0, name.start()) + 1
            line = text.count("\n", 0, name.start()) + 1
            yield EnvironmentLookup(name[0], line, name.start() - start + 1)
