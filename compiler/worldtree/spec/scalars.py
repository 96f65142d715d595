"""Parses plain YAML scalars by the YAML 1.1 rules, as Ansible does."""

from __future__ import annotations

import math
import re
from typing import Final

import yaml

_PREFIX: Final = "tag:yaml.org,2002:"
_BOOLS: Final = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_CONSTRUCTOR: Final = yaml.constructor.SafeConstructor()
_RESOLVERS: Final[dict[str, list[tuple[str, re.Pattern[str]]]]] = (
    yaml.SafeLoader.yaml_implicit_resolvers
)

Scalar = str | int | float | bool | None


class DateText(str):
    """An unquoted date: a date for Ansible, its text in a document."""

    __slots__ = ()


class ScalarError(ValueError):
    """A scalar that cannot be represented; the message is for the user."""


def plain_scalar(text: str) -> Scalar:
    """Return the value of a plain (unquoted, untagged) scalar; dates are ``DateText``."""
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            return tagged_scalar(tag, text)
    return text


def tagged_scalar(tag: str, text: str) -> Scalar:
    """Return the value of ``text`` under a standard YAML tag; raises ``ScalarError``."""
    kind = tag.removeprefix(_PREFIX)
    if kind == "null":
        return None
    if kind == "bool":
        if text.lower() not in _BOOLS:
            raise ScalarError(f"`{text}` is neither true nor false")
        return _BOOLS[text.lower()]
    if kind in ("int", "float"):
        return _number(kind, tag, text)
    return DateText(text) if kind == "timestamp" else text


def _number(kind: str, tag: str, text: str) -> int | float:
    node = yaml.ScalarNode(tag, text)
    try:
        if kind == "int":
            return int(_CONSTRUCTOR.construct_yaml_int(node))
        value = float(_CONSTRUCTOR.construct_yaml_float(node))
    except (ValueError, IndexError, OverflowError):
        raise ScalarError(f"`{text[:40]}` is not a valid number") from None
    if not math.isfinite(value):
        raise ScalarError(f"`{text}` is not a finite number")
    return value
