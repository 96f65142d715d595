"""Removes secrets from entries of the log by their form and by their names.

What is known by value is removed by the ``Redactor`` of the process; here is what no process has
to know: tokens of WorldTree, credentials in headers and in addresses, fields named like a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

#: Replaces what may be a secret.
MASK = "***"
#: Characters of a text that are logged.
_MAX_TEXT = 16_384
#: Depth of nested values below which nothing is shown.
_MAX_DEPTH = 8

#: A name, or a part of one, whose value is a secret: as in a header, a variable or a field.
_SECRET_NAME = (
    r"(?:authorization|cookie|passw(?:or)?d|passphrase|secret|api[_-]?key|private[_-]?key"
    r"|credentials?|(?<![a-z])(?:access|refresh|id|session|auth|bearer|csrf|vault)?[_-]?token)"
)
_FIELD = re.compile(rf"(?:^|[_.-]){_SECRET_NAME}$", re.IGNORECASE)
#: Forms of secrets in a text: what occurs in each, in lower case, as a quick check; the form; what
#: is left of it. Texts may come from a client, as the path of a request does: no form begins at
#: every character of a run and then reads on to its end.
_FORMS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    # Personal and service tokens.
    (("wtp_", "wts_"), re.compile(r"\bwt[ps]_[A-Za-z0-9_-]+"), MASK),
    # The whole value of the header, whatever its scheme.
    (
        ("authorization", "cookie"),
        re.compile(
            r"""(\b(?:(?:proxy-)?authorization|(?:set-)?cookie)\b["']?\s*[:=,]\s*(?:b?["'])?)"""
            r"""[^"'\r\n]+""",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (
        ("bearer", "basic"),
        re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE),
        rf"\1 {MASK}",
    ),
    # JSON web tokens.
    (("eyj",), re.compile(r"(?<![\w-])eyJ[\w-]{6,}\.[\w-]+\.[\w-]*"), MASK),
    # The password of an address.
    (
        ("://",),
        re.compile(r"([a-z][a-z0-9+.-]{0,30}://[^\s/:@]*:)[^\s/@]+(?=@)", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    # `name=value` and `"name": "value"`, such as in the query of an address.
    (
        ("authorization", "cookie", "pass", "secret", "key", "credential", "token"),
        re.compile(
            rf"""({_SECRET_NAME}["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s&,;"'}})]+)""",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
)

#: Most texts have none of them.
_ANY_NEEDLE = re.compile("|".join({needle for needles, _, _ in _FORMS for needle in needles}))

Redact = Callable[[str], str]


def redact_text(text: str) -> str:
    """Return ``text`` without what has the form of a secret."""
    lower = text.lower()
    if _ANY_NEEDLE.search(lower) is None:
        return text
    for needles, pattern, left in _FORMS:
        if any(needle in lower for needle in needles):
            text = pattern.sub(left, text)
    return text


@lru_cache(maxsize=1000)
def is_secret_name(name: str) -> bool:
    """Whether a field of this name has a secret, such as ``db_password``."""
    return _FIELD.search(name) is not None


def redact_entry(entry: Mapping[str, Any], redact_values: Redact) -> dict[str, Any]:
    """Return an entry of the log as JSON data without secrets.

    ``redact_values`` removes those that are known by value. What is no JSON data becomes text.
    """

    def clean(text: str) -> str:
        # By value first: a form could cut a known value in two.
        found = redact_text(redact_values(text))
        # After that, as the rest of a value that is cut in two would not be found.
        return found if len(found) <= _MAX_TEXT else f"{found[:_MAX_TEXT]}…"

    return {key: _value(key, value, clean, 0) for key, value in entry.items()}


def _value(name: str, value: Any, clean: Redact, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if is_secret_name(name):
        return MASK
    if isinstance(value, int | float):
        # A known value may be a number.
        return value if clean(str(value)) == str(value) else MASK
    if depth >= _MAX_DEPTH:
        return MASK
    if isinstance(value, Mapping):
        return {
            clean(str(key)): _value(str(key), item, clean, depth + 1) for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_value("", item, clean, depth + 1) for item in value]
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    return clean(str(value))
