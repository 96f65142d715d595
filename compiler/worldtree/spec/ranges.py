"""Host ranges: ``etcd[1:3]``, ``web[01:20]``, ``rack-[a:c]``, ``n[0:10:2]``."""

from __future__ import annotations

import re
from itertools import product

#: Names that one entry may expand to.
MAX_RANGE = 10_000

_RANGE = re.compile(r"\[([0-9]+|[a-z]|[A-Z]):([0-9]+|[a-z]|[A-Z])(?::([0-9]+))?\]")


class RangeError(ValueError):
    """A range cannot be expanded; the message says why, ``hint`` how to fix it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def has_range(text: str) -> bool:
    """Whether ``text`` contains a range, valid or not."""
    return "[" in text or "]" in text


def expand(text: str) -> list[str]:
    """Return the names that ``text`` expands to, in order (the last range varies fastest).

    Both ends are included. Leading zeros of the first number are kept (``[08:10]`` gives 08, 09,
    10). Text without a range is returned unchanged. Raises ``RangeError``.
    """
    if not has_range(text):
        return [text]
    parts: list[list[str]] = []
    total, end = 1, 0
    for match in _RANGE.finditer(text):
        parts.append([_literal(text, text[end : match.start()])])
        values = _values(text, *match.groups())
        total *= len(values)
        if total > MAX_RANGE:
            raise _too_large(text)
        parts.append(values)
        end = match.end()
    parts.append([_literal(text, text[end:])])
    return ["".join(chosen) for chosen in product(*parts)]


def _values(text: str, first: str, last: str, stride: str | None) -> list[str]:
    step = int(stride) if stride and len(stride) < 9 else 1
    if step < 1:
        raise RangeError(f"the range in `{text}` has stride 0", "use a stride of 1 or more")
    if first.isdigit() != last.isdigit() or first.islower() != last.islower():
        raise RangeError(
            f"the range in `{text}` mixes numbers and letters", "use two numbers or two letters"
        )
    if not first.isdigit():
        low, high = ord(first), ord(last)
        _ordered(text, first, last, low <= high)
        return [chr(code) for code in range(low, high + 1, step)]
    if max(len(first), len(last)) > 18:
        raise _too_large(text)
    low, high = int(first), int(last)
    _ordered(text, first, last, low <= high)
    if len(first) > 1 and first[0] == "0" and len(first) != len(last):
        raise RangeError(
            f"the ends of the range in `{text}` have different lengths",
            f"write both with {max(len(first), len(last))} digits",
        )
    if (high - low) // step >= MAX_RANGE:
        raise _too_large(text)
    width = len(first) if first[0] == "0" else 0
    return [str(number).zfill(width) for number in range(low, high + 1, step)]


def _ordered(text: str, first: str, last: str, ok: bool) -> None:
    if not ok:
        raise RangeError(f"the range in `{text}` runs backwards", f"write [{last}:{first}]")


def _literal(text: str, part: str) -> str:
    if "[" in part or "]" in part:
        raise RangeError(
            f"the brackets in `{text}` do not contain a range",
            "write a range as [1:3], [01:20] or [a:c], and an IPv6 address without brackets",
        )
    return part


def _too_large(text: str) -> RangeError:
    return RangeError(
        f"the range in `{text}` expands to more than {MAX_RANGE} names", "use smaller ranges"
    )
