"""Finds literal arguments of lookups in texts of tasks, templates and variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: A quote: also escaped in a quoted YAML text, or doubled.
_QUOTE = r"""(?:\\?["']|'')"""
_TERM = rf"{_QUOTE}[A-Za-z_][A-Za-z0-9_]*{_QUOTE}"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _call(lookup: str, arguments: str) -> re.Pattern[str]:
    """Return the pattern of a call of a lookup; ``arguments`` has a group ``found``."""
    return re.compile(
        rf"\b(?:lookup|query|q)\(\s*{_QUOTE}(?:ansible\.(?:builtin|legacy)\.)?{lookup}{_QUOTE}"
        rf"\s*,\s*{arguments}"
    )


_ENVIRONMENT = _call("env", rf"(?P<found>\[?\s*{_TERM}(?:\s*,\s*{_TERM})*)")
_REPOSITORY_COMMAND = _call("pipe", rf"{_QUOTE}(?P<found>git|hg|svn)\s(?!-C\b)")


@dataclass(frozen=True, slots=True)
class LookupArgument:
    """A word in a text; line and column count from 1."""

    word: str
    line: int
    column: int


def environment_lookups(text: str) -> Iterator[LookupArgument]:
    """Yield each literal name of `lookup('env', 'NAME')` and `query('env', …)`, comments aside."""
    for match in _calls(_ENVIRONMENT, text):
        for name in _NAME.finditer(text, match.start("found"), match.end("found")):
            yield _argument(text, name.start(), name[0])


def repository_commands(text: str) -> Iterator[LookupArgument]:
    """Yield the program of each `lookup('pipe', …)` that reads the repository around it."""
    for match in _calls(_REPOSITORY_COMMAND, text):
        yield _argument(text, match.start("found"), match["found"])


def _calls(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for match in pattern.finditer(text):
        begin = text.rfind("\n", 0, match.start()) + 1
        if not text[begin : match.start()].lstrip().startswith("#"):
            yield match


def _argument(text: str, start: int, word: str) -> LookupArgument:
    return LookupArgument(word, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
