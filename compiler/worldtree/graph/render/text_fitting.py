"""Text that is safe to draw and known to fit: cleaning, measuring and shortening."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

#: Stands for what cannot be shown.
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
#: Advance widths per thousandth of the font size. They are the widest among the common sans-serif
#: fonts (DejaVu Sans, which stands in where the others are missing), so measured text only ever
#: turns out narrower.
_WIDTHS = {
    **dict.fromkeys(" .,:;|'!/\\ijlI[]()", 410),
    **dict.fromkeys('ft-r"', 470),
    **dict.fromkeys("csz", 560),
    **dict.fromkeys("abdeghknopquvxy0123456789_*?$", 650),
    **dict.fromkeys("EFJLPSTYZ", 690),
    **dict.fromkeys("ABCKRVXUDHN&", 780),
    **dict.fromkeys("wGOQ~+=<>^#", 850),
    **dict.fromkeys("mMW%@", 1010),
    _ELLIPSIS: 1000,
    "·": 410,
}
_BOLD = 1.1


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """Return one line of ``text``: white space is one blank, what must not be printed is replaced.

    Control characters (which could drive a terminal), lone surrogates, non-characters (which XML
    forbids) and marks that turn the writing direction round are replaced.
    """
    shown = "".join(_shown(char) for char in text)
    return " ".join(shown.split())


def _shown(char: str) -> str:
    if char.isspace():
        return " "
    code = ord(char)
    if 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069 or code & 0xFFFE == 0xFFFE:
        return _REPLACEMENT
    return _REPLACEMENT if unicodedata.category(char) in {"Cc", "Cs", "Cn"} else char


def is_measured(text: str) -> bool:
    """Whether the width of every character is known rather than guessed."""
    return all(char in _WIDTHS for char in text)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return an upper bound of the drawn width, in the unit of ``size`` (the font size)."""
    units = sum(_WIDTHS.get(char) or _guess(char) for char in text)
    return units * size / 1000 * (_BOLD if bold else 1)


def fit(text: str, space: float, size: float, *, bold: bool = False) -> str:
    """Return ``text``, shortened in the middle with ``…`` when it is wider than ``space``."""
    if width(text, size, bold=bold) <= space:
        return text
    head, tail = "", ""
    front, back = 0, len(text)
    while front < back:
        longer = (
            (head + text[front], tail) if len(head) <= len(tail) else (head, text[back - 1] + tail)
        )
        if width(longer[0] + _ELLIPSIS + longer[1], size, bold=bold) > space:
            break
        head, tail = longer
        front, back = len(head), len(text) - len(tail)
    return head.rstrip() + _ELLIPSIS + tail.lstrip()


def _guess(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 1100 if unicodedata.east_asian_width(char) in {"W", "F"} else 900


def columns(text: str) -> int:
    """Return how many terminal columns ``text`` takes."""
    return sum(
        0
        if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Cf"}
        else 2
        if unicodedata.east_asian_width(char) in {"W", "F"}
        else 1
        for char in text
    )


def fit_columns(text: str, space: int, ellipsis: str = _ELLIPSIS) -> str:
    """Return ``text``, shortened at its end when it takes more than ``space`` terminal columns."""
    if columns(text) <= space:
        return text
    while text and columns(text + ellipsis) > space:
        text = text[:-1]
    return text + ellipsis
