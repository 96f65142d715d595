"""Durations as people write them: ``10s``, ``5m``, ``1h30m``."""

from __future__ import annotations

import re

#: Text form of a duration; a bare number counts seconds.
DURATION_PATTERN = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_WHOLE = re.compile(DURATION_PATTERN)


def parse_duration(text: str) -> float:
    """Return the seconds of ``text``; raises ``ValueError`` when it is not a duration."""
    if len(text) > 40 or not _WHOLE.match(text) or text.endswith("\n"):
        raise ValueError(f"`{text[:40]}` is not a duration")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
