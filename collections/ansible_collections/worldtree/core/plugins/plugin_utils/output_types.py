# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Converts published values to their declared types, or reports that they have another type."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from ansible.module_utils.parsing.convert_bool import boolean

_INT = re.compile(r"[+-]?[0-9]+")
#: Characters of a wrong value that an error shows.
_SHOWN = 60


class WrongType(Exception):
    """A value does not have its declared type."""


def typed(name: str, value, wanted: str, *, shown: bool = True):
    """Return ``value`` as ``wanted``; strings are converted to numbers and booleans.

    Raises ``WrongType``, with the value in its text only where it may be ``shown``.
    """
    maker = _MAKERS.get(wanted)
    if maker is None:
        return value
    try:
        return maker(value)
    except (TypeError, ValueError, OverflowError):
        raise wrong(name, value, wanted, shown=shown) from None


def is_of(value, wanted: str) -> bool:
    """Whether ``value`` is ``wanted`` without a conversion; an integer is a float, too."""
    if wanted not in _MAKERS:
        return True
    if isinstance(value, bool):
        return wanted == "bool"
    return isinstance(value, _KINDS[wanted])


def wrong(name: str, value, wanted: str, *, shown: bool = True) -> WrongType:
    """Return the error that output ``name`` does not have its declared type."""
    if not shown:
        return WrongType(f"`{name}` must be of type {wanted}, and is not")
    text = repr(value)
    if len(text) > _SHOWN:
        text = f"{text[:_SHOWN]}…"
    return WrongType(f"`{name}` must be of type {wanted}, but is {text}")


def _str(value) -> str:
    if value is None or not isinstance(value, (str, int, float)):
        raise TypeError
    return value if isinstance(value, str) else str(value)


def _int(value) -> int:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, str):
        text = value.strip()
        if not _INT.fullmatch(text):
            raise ValueError
        return int(text)
    if not isinstance(value, (int, float)) or value != int(value):
        raise TypeError
    return int(value)


def _float(value) -> float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError
    found = float(value)
    if not math.isfinite(found):
        raise ValueError
    return found


def _bool(value) -> bool:
    if not isinstance(value, (bool, str, int)):
        raise TypeError
    return boolean(value.strip() if isinstance(value, str) else value)


def _list(value):
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError
    return value


def _dict(value):
    if not isinstance(value, Mapping):
        raise TypeError
    return value


_MAKERS = {
    "str": _str,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "list": _list,
    "dict": _dict,
}

_KINDS = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "list": (list, tuple),
    "dict": Mapping,
}
