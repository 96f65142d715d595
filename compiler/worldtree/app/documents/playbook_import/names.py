"""Names of modules and tasks: what a play is called, as a part of ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
#: Words that YAML reads as a number, a boolean or null.
_NOT_TEXT = re.compile(r"[0-9].*|y|n|yes|no|on|off|true|false|null")
#: Long names make long ids and file names.
_MAX_LENGTH = 40


def slug(text: str) -> str:
    """Return ``text`` as a name: lower-case letters, digits and `-`; empty if nothing is left."""
    plain = unicodedata.normalize("NFKD", _TEMPLATE.sub(" ", text)).encode("ascii", "ignore")
    words = re.findall(r"[a-z0-9]+", plain.decode().lower().replace("'", ""))
    found = ""
    for word in words:
        longer = f"{found}-{word}" if found else word[:_MAX_LENGTH]
        if len(longer) > _MAX_LENGTH:
            break
        found = longer
    return f"on-{found}" if _NOT_TEXT.fullmatch(found) else found


def unique(name: str, used: Collection[str]) -> str:
    """Return ``name``, or with the first free number behind it."""
    if name not in used:
        return name
    return next(found for n in range(2, len(used) + 3) if (found := f"{name}-{n}") not in used)
