"""Renders diagnostics as text (source line, underline, why, help) and as JSON-ready data."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from worldtree.core.errors import Diagnostic, Mark, Severity
from worldtree.spec.secret_masking import mask_secrets, secret_marks
from worldtree.spec.source_text import SourceText

#: Display columns of a source line; longer lines are cut around the marked text.
MAX_WIDTH = 110
#: Columns of context before the marked text of a cut line.
_CONTEXT = 30
_TAB = 4

_RED, _YELLOW, _BOLD, _DIM, _GREEN, _OFF = (
    "\x1b[31m",
    "\x1b[33m",
    "\x1b[1m",
    "\x1b[2m",
    "\x1b[32m",
    "\x1b[0m",
)


def deduplicated(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return ``diagnostics`` sorted by place, each slug, place and summary once."""
    seen: dict[tuple[Any, ...], Diagnostic] = {}
    for diagnostic in diagnostics:
        key = (diagnostic.slug, diagnostic.mark or diagnostic.path, diagnostic.summary)
        seen.setdefault(key, diagnostic)
    return sorted(seen.values(), key=_order)


def render(
    diagnostic: Diagnostic,
    source: SourceText | None = None,
    *,
    colour: bool = False,
    secrets: Iterable[Mark] = (),
) -> str:
    """Return one diagnostic as text, without a final line break.

    With the ``source`` of its mark, the marked line follows, underlined. In it the values at
    ``secrets`` are masked, and the marked text if that is a secret.
    """
    paint = _paint if colour else _unpainted
    tint = _RED if diagnostic.is_error else _YELLOW
    head = paint(f"{diagnostic.severity.value}", tint + _BOLD)
    where = paint(f"{printable(str(diagnostic.mark))}: ", _BOLD) if diagnostic.mark else ""
    slug = paint(f"[{diagnostic.slug}]", _DIM)
    lines = [f"{where}{head}: {_one_line(diagnostic.summary)} {slug}"]
    if diagnostic.mark and source is not None and 0 < diagnostic.mark.line <= len(source.lines):
        number = str(diagnostic.mark.line)
        places = (*secrets, *secret_marks([diagnostic]))
        line, mark = mask_secrets(source.lines[diagnostic.mark.line - 1], diagnostic.mark, places)
        text, start, length = excerpt(line, mark)
        bar = paint(f"{' ' * len(number)} |", _DIM)
        lines.append(f"  {paint(f'{number} |', _DIM)} {text}".rstrip())
        lines.append(f"  {bar} {' ' * start}{paint('^' * length, tint)}")
    if diagnostic.detail:
        lines.append(f"  {paint('why:', _DIM)}  {indented(diagnostic.detail)}")
    if diagnostic.hint:
        lines.append(f"  {paint('help:', _GREEN)} {indented(diagnostic.hint)}")
    return "\n".join(lines)


def render_all(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, SourceText] | None = None,
    *,
    colour: bool = False,
) -> str:
    """Return all diagnostics and their count, with a final line break; empty for none.

    ``sources`` maps file names to their texts.
    """
    found = deduplicated(diagnostics)
    if not found:
        return ""
    known = sources or {}
    secrets = secret_marks(found)
    blocks = [
        render(d, known.get(d.mark.file) if d.mark else None, colour=colour, secrets=secrets)
        for d in found
    ]
    return "\n\n".join([*blocks, summary(found)]) + "\n"


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the number of errors and warnings, e.g. ``2 errors, 1 warning``."""
    found = list(diagnostics)
    parts = []
    for severity in (Severity.ERROR, Severity.WARNING):
        count = sum(d.severity is severity for d in found)
        if count:
            parts.append(f"{count} {severity.value}{'s' if count > 1 else ''}")
    return ", ".join(parts) or "no problems"


def as_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as JSON-ready data; lines and columns count from 1, null if unknown."""
    mark = diagnostic.mark
    return {
        "slug": diagnostic.slug,
        "severity": diagnostic.severity.value,
        "summary": diagnostic.summary,
        "detail": diagnostic.detail,
        "hint": diagnostic.hint,
        "path": path_text(diagnostic),
        "document": diagnostic.document,
        "file": mark.file if mark else None,
        "line": mark.line or None if mark else None,
        "column": mark.column or None if mark else None,
        "end_line": mark.end_line if mark else None,
        "end_column": mark.end_column if mark else None,
    }


def path_text(diagnostic: Diagnostic) -> str | None:
    """Return the path as text, e.g. ``spec.hosts[0].name``; None if there is none."""
    if diagnostic.path is None:
        return None
    text = ""
    for step in diagnostic.path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def excerpt(line: str, mark: Mark) -> tuple[str, int, int]:
    """Return (shown text, columns before the underline, underlined columns) of a source line.

    Tabs become spaces, control characters become U+FFFD, and wide characters count twice. A long
    line is cut around the marked text.
    """
    shown: list[str] = []
    columns: list[int] = []
    width = 0
    for character in line:
        columns.append(width)
        text = " " * (_TAB - width % _TAB) if character == "\t" else printable(character)
        shown.append(text)
        width += sum(_display_width(c) for c in text)
    columns.append(width)
    start = min(mark.column - 1, len(line))
    end = len(line.rstrip())
    if mark.end_line == mark.line and mark.end_column is not None:
        end = min(mark.end_column - 1, len(line))
    first = columns[start]
    length = max(1, columns[max(start, end)] - first)
    if width <= MAX_WIDTH:
        return "".join(shown), first, length
    return _cut(shown, columns, first, length)


def printable(text: str) -> str:
    """Return ``text`` with characters that could control a terminal or reorder a line replaced."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _one_line(text: str) -> str:
    return printable(" ".join(text.splitlines()))


def indented(text: str) -> str:
    """Return ``text`` as printable lines, the further ones below the start of the first."""
    return "\n        ".join(printable(line.expandtabs(_TAB)) for line in text.splitlines())


def _cut(shown: list[str], columns: list[int], first: int, length: int) -> tuple[str, int, int]:
    left = max(0, first - _CONTEXT)
    begin = next(i for i, column in enumerate(columns) if column >= left)
    before = "…" if begin else ""
    available = MAX_WIDTH - len(before) - 1
    stop = begin
    while stop < len(shown) and columns[stop + 1] - columns[begin] <= available:
        stop += 1
    after = "…" if stop < len(shown) else ""
    offset = first - columns[begin] + len(before)
    length = max(1, min(length, columns[stop] - first))
    return before + "".join(shown[begin:stop]) + after, offset, length


def _display_width(character: str) -> int:
    if unicodedata.combining(character) or character in "\u200b\u200c\u200d\ufe0e\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _order(diagnostic: Diagnostic) -> tuple[str, int, int, int]:
    mark = diagnostic.mark
    if mark is None:
        return ("\U0010ffff", 0, 0, 0)
    return (mark.file, mark.line, mark.column, 0 if diagnostic.is_error else 1)


def _paint(text: str, code: str) -> str:
    return f"{code}{text}{_OFF}"


def _unpainted(text: str, _code: str) -> str:
    return text
