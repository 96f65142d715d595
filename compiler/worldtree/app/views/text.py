"""Text from hosts and tools, made safe to show."""

from __future__ import annotations

import re

_TAB = 4
#: ANSI escape sequences: colours, cursor movement, window titles.
_CONTROL_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])"
)


def clean(text: str) -> str:
    """Return one line without control sequences and control characters.

    Tabs and line breaks become spaces.
    """
    if text.isprintable():
        return text
    from worldtree.spec.diagnostics_text import printable

    lines = _CONTROL_SEQUENCE.sub("", text).rstrip().splitlines()
    return printable(" ".join(line.rstrip() for line in lines).expandtabs(_TAB))
