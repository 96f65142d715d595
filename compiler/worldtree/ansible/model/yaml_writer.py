"""Writes YAML as a person does, the same bytes every time.

An own writer and not PyYAML's: it is several times faster over ten thousand plays, keeps the
order of keys, indents lists, folds long lines, writes literal blocks, and can put a comment after
a value. It writes plain data only: mappings with string keys, lists, strings, numbers, booleans
and null; ``Unsafe`` and ``Vault`` strings of ``worldtree.spec.yaml_tags``, ``Commented`` ones of
``worldtree.ansible.model.plays``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from worldtree.ansible.model.plays import Commented
from worldtree.spec.yaml_tags import Unsafe, Vault

#: Longest line that is written without folding; ansible-lint allows 160.
WIDTH = 120

#: Text that needs no quotes, unless it would be read as something other than a string.
_PLAIN = re.compile(r"[A-Za-z0-9_/.](?:[A-Za-z0-9_./:@+()=<>^~;$%*!?,|&\\'-]| (?!#|$))*")
_NOT_A_STRING = re.compile(
    r"~|null|true|false|yes|no|on|off|y|n"
    r"|[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|[-+]?\.[0-9_]+(?:e[-+]?[0-9]+)?"
    r"|[-+]?0[xob][0-9a-f_]+|[-+]?\.(?:inf|nan)|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|\d{4}-\d\d?-\d\d?(?:[Tt ].*)?|<<|=",
    re.IGNORECASE,
)
#: Characters that a literal or folded block can hold as they are.
_BLOCK_SAFE = re.compile(r"[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*")
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]')
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def dump(value: Any, *, comment: str = "") -> str:
    """Return ``value`` as one YAML document that starts with ``---`` and ends with a newline.

    ``comment`` is written above the data, line by line. Raises ``TypeError`` for other data.
    """
    head = "---\n" + "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    lines: list[str] = []
    _block(value, 0, lines, "")
    return head + "\n".join(lines) + "\n"


def _block(value: Any, depth: int, lines: list[str], prefix: str) -> None:
    """Append ``value`` indented by ``depth``; ``prefix`` is what its first line starts with."""
    pad = " " * depth
    first = prefix or pad
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            if not isinstance(key, str):
                key = _number_key(key)
            _entry(first + _key(key) + ":", item, depth, lines, nested=depth + 2)
            first = pad
    elif isinstance(value, list | tuple) and value:
        for item in value:
            if not isinstance(item, str) and isinstance(item, Mapping | list | tuple) and item:
                _block(item, depth + 2, lines, first + "- ")
            else:
                _entry(first + "-", item, depth, lines, nested=depth + 2)
            first = pad
    else:
        _entry(first.rstrip(), value, depth, lines, nested=depth)


def _entry(head: str, item: Any, depth: int, lines: list[str], *, nested: int) -> None:
    if isinstance(item, str):  # Most items.
        _text(head, item, max(nested, depth + 2), lines)
        return
    if isinstance(item, Mapping | list | tuple):
        if item:
            lines.append(head)
            _block(item, nested, lines, "")
        else:
            lines.append(_append(head, "{}" if isinstance(item, Mapping) else "[]"))
        return
    lines.append(_append(head, _scalar(item)))


def _append(head: str, text: str) -> str:
    """Return ``head`` followed by ``text``; a head of only indentation gets no further space."""
    return f"{head} {text}" if head.strip() else head + text


def _text(head: str, text: str, depth: int, lines: list[str]) -> None:
    tag, note = "", ""
    if isinstance(text, Unsafe):
        tag = "!unsafe "
    elif isinstance(text, Vault):
        tag = "!vault "
    elif isinstance(text, Commented):
        note = f" # {text.note}"
    space = " " if head.strip() else ""
    inline = text if not tag and _is_plain(text) else None
    if inline is None and "\n" not in text:
        inline = _quoted(text)
    if inline is not None and len(head) + len(inline) + len(tag) < WIDTH:
        lines.append(f"{head}{space}{tag}{inline}{note}")
        return
    pad = " " * depth
    if "\n" in text and _fits_literal(text):
        lines.append(f"{head}{space}{tag}|{_chomping(text)}{note}")
        lines.extend(pad + line if line else "" for line in text.removesuffix("\n").split("\n"))
        return
    if "\n" not in text and (folded := _fold(text, WIDTH - depth)):
        lines.append(f"{head}{space}{tag}>-{note}")
        lines.extend(pad + line for line in folded)
        return
    _long_quoted(f"{head}{space}{tag}", text, pad, lines, note)


def _fits_literal(text: str) -> bool:
    """Whether a literal block gives back exactly this text."""
    stripped = text.removesuffix("\n")
    if not stripped or stripped[0] in " \n\t" or text.endswith("\n\n"):
        return False
    lines = stripped.split("\n")
    return (
        _BLOCK_SAFE.fullmatch(text) is not None
        and all(len(line) < 150 for line in lines)
        and not any(line.endswith(" ") for line in lines)
    )


def _chomping(text: str) -> str:
    return "" if text.endswith("\n") else "-"


def _fold(text: str, width: int) -> list[str] | None:
    """Return the lines of a folded block that reads as ``text``, or None when none does."""
    if _BLOCK_SAFE.fullmatch(text) is None or "  " in text or text != text.strip() or not text:
        return None
    lines, current = [], ""
    for word in text.split(" "):
        if len(word) > 150:
            return None
        if current and len(current) + 1 + len(word) > width:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
    lines.append(current)
    return lines


def _long_quoted(head: str, text: str, pad: str, lines: list[str], note: str) -> None:
    """Append a double-quoted string over several lines, broken with a backslash."""
    room = max(20, WIDTH - len(head))
    pieces: list[str] = []
    current = ""
    for char in text:
        escaped = _ESCAPED.sub(_escape, char)
        if len(current) + len(escaped) > room:
            pieces.append(current)
            current, room = "", WIDTH - len(pad)
        current += "\\ " if escaped == " " and not current and pieces else escaped
    pieces.append(current)
    if len(pieces) == 1:
        lines.append(f'{head}"{pieces[0]}"{note}')
        return
    lines.append(f'{head}"{pieces[0]}\\')
    lines.extend(f"{pad}{piece}\\" for piece in pieces[1:-1])
    lines.append(f'{pad}{pieces[-1]}"{note}')


def _is_plain(text: str) -> bool:
    return (
        _PLAIN.fullmatch(text) is not None
        and _NOT_A_STRING.fullmatch(text) is None
        and ": " not in text
        and text[-1] not in ": "
        and not text.startswith(("---", "..."))
    )


def _quoted(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


@lru_cache(maxsize=4096)
def _key(key: str) -> str:
    return key if _is_plain(key) and "#" not in key else _quoted(key)


def _number_key(key: object) -> str:
    """Return a key that is not a string in JSON's form, which plans use."""
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int | float):
        return str(key)
    msg = f"{type(key).__name__} cannot be a key"
    raise TypeError(msg)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if math.isnan(value) or math.isinf(value):
            return ".nan" if math.isnan(value) else (".inf" if value > 0 else "-.inf")
        text = repr(value)
        return text if "." in text else text.replace("e", ".0e")
    msg = f"{type(value).__name__} is not plain data"
    raise TypeError(msg)
