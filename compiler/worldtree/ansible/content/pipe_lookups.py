"""Finds commands of `lookup('pipe', …)` that read the repository of the playbook."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_COMMAND = re.compile(
    r"""\b(?:lookup|query|q)\(\s*(?:\\?["']|'')(?:ansible\.(?:builtin|legacy)\.)?pipe"""
    r"""(?:\\?["']|'')\s*,\s*(?:\\?["']|'')(?P<program>git|hg|svn)\s(?!-C\b)"""
)


@dataclass(frozen=True, slots=True)
class PipeLookup:
    """A command in a text: its program; line and column count from 1."""

    program: str
    line: int
    column: int


def local_pipe_lookups(text: str) -> Iterator[PipeLookup]:
    """Yield commands that read the repository around them."""
    for match in _COMMAND.finditer(text):
        start = match.start("program")
        begin = text.rfind("\n", 0, match.start()) + 1
        if not text[begin : match.start()].lstrip().startswith("#"):
            column = start - text.rfind("\n", 0, start)
            yield PipeLookup(match["program"], text.count("\n", 0, start) + 1, column)
