"""Masks secrets in the source lines that diagnostics show."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from worldtree.core.errors import Diagnostic, Mark

#: Replaces a value of any length.
MASK = "***"
#: The diagnostic that marks a secret.
_CLEAR_TEXT_SLUG = "secret-in-clear"

#: Ends of the names of secrets.
_NAMES = r"(?:pass(?:word|wd|phrase)|private_?key|(?:secret|role)_?id|token|jwt|api_?key)"
_SECRET_NAME = re.compile(rf"{_NAMES}\Z", re.IGNORECASE)
#: A key with the name of a secret, at the start of a line or in braces, and its value. References
#: and templates are not values.
_SECRET_KEY = re.compile(
    rf"""(?P<before>^[\s-]*|[{{,\[]\s*)
    (?P<quote>["']?)[\w.-]*{_NAMES}(?P=quote)
    \s*:\s+(?:!unsafe\s+)?
    (?!["']?(?:\$\{{|\{{\{{)|[{{\[&*|>#!]|(?:null|~)\b)
    (?P<value>"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[^\s].*)""",
    re.IGNORECASE | re.VERBOSE,
)
#: A part of the name of an environment variable that holds a secret.
_SECRET_PART = re.compile(
    r"secret|token|passw|credential|(?:access|private|api)_?key", re.IGNORECASE
)
_END_IN_BRACES = re.compile(r"[,}\]]")
_COMMENT = re.compile(r"\s+#.*|\s+\Z")


def is_secret_name(name: str) -> bool:
    """Whether ``name`` is that of a secret, such as ``dbPassword``."""
    return _SECRET_NAME.search(name) is not None


def is_secret_variable(name: str) -> bool:
    """Whether ``name`` is that of an environment variable with a secret: AWS_SECRET_ACCESS_KEY."""
    return _SECRET_PART.search(name) is not None or is_secret_name(name)


def secret_marks(diagnostics: Iterable[Diagnostic]) -> tuple[Mark, ...]:
    """Return the places of secrets that ``diagnostics`` found."""
    return tuple(d.mark for d in diagnostics if d.slug == _CLEAR_TEXT_SLUG and d.mark is not None)


def mask_secrets(line: str, mark: Mark, secrets: Iterable[Mark]) -> tuple[str, Mark]:
    """Return ``line``, where ``mark`` starts, with secrets masked, and ``mark`` adjusted to it.

    Masks the values at ``secrets``, and those of keys with the name of a secret: in a document
    that cannot be parsed, keys are only known by their names.
    """
    marked = [_on_line(secret, mark.line, line) for secret in secrets if secret.file == mark.file]
    spans = _merged([span for span in (*marked, *_named_secrets(line)) if span is not None])
    first, last = mark.column - 1, mark.end_column
    for begin, end in reversed(spans):
        line = line[:begin] + MASK + line[end:]
        first = _shifted(first, begin, end)
        if last is not None and mark.end_line == mark.line:
            last = _shifted(last - 1, begin, end, at_end=True) + 1
    return line, replace(mark, column=first + 1, end_column=last)


def _on_line(secret: Mark, number: int, line: str) -> tuple[int, int] | None:
    """Return the part of ``secret`` on a line; None if there is none."""
    end_line = secret.end_line or secret.line
    if not secret.line <= number <= end_line:
        return None
    begin = secret.column - 1 if number == secret.line else len(line) - len(line.lstrip())
    end = len(line)
    if number == end_line and secret.end_column is not None:
        end = min(secret.end_column - 1, len(line))
    return (begin, end) if begin < end else None


def _named_secrets(line: str) -> list[tuple[int, int]]:
    found = []
    at = 0
    while match := _SECRET_KEY.search(line, at):
        begin, end = match.span("value")
        if line[begin] not in "\"'":
            within = match["before"].strip(" -\t")
            ends = (_END_IN_BRACES if within else _COMMENT).search(line, begin)
            end = ends.start() if ends else end
        found.append((begin, end))
        at = end
    return found


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return sorted spans, with adjacent and overlapping ones merged."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _shifted(index: int, begin: int, end: int, *, at_end: bool = False) -> int:
    """Return ``index`` of a line after the span from ``begin`` to ``end`` is masked."""
    if index <= begin:
        return index
    if index >= end:
        return index - (end - begin) + len(MASK)
    return begin + len(MASK) if at_end else begin
