"""A JSON Schema in a few words for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldtree.spec import durations
from worldtree.spec.models.values import PERCENT

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
    "null": "nothing",
}


def type_words(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Return e.g. ``list of texts``, ```ssh` or `local```, ``duration``."""
    return _words(schema, definitions, plural=False)


def _words(schema: Mapping[str, Any], definitions: Mapping[str, Any], *, plural: bool) -> str:
    if "$ref" in schema:
        target = str(schema["$ref"]).removeprefix("#/$defs/")
        return _words(definitions.get(target, {"type": "object"}), definitions, plural=plural)
    if "enum" in schema:
        return " or ".join(f"`{item}`" for item in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    options = schema.get("anyOf") or schema.get("oneOf")
    if options and "type" not in schema:
        if any(option.get("pattern") == durations.PATTERN for option in options):
            return _number("duration", plural)
        words = [
            _words(option, definitions, plural=plural)
            for option in options
            if option.get("type") != "null"
        ]
        return " or ".join(dict.fromkeys(words))
    kind = schema.get("type")
    if isinstance(kind, list):
        rest = [name for name in kind if name != "null"]
        return " or ".join(
            _words({**schema, "type": name}, definitions, plural=plural) for name in rest
        )
    if kind == "array":
        items = _words(schema.get("items", {}), definitions, plural=True)
        return f"{_number('list', plural)} of {items}"
    if kind == "string" and schema.get("pattern") == PERCENT:
        return _number("percentage", plural)
    word = _WORDS.get(str(kind), "anything")
    return word if word in ("anything", "true or false", "nothing") else _number(word, plural)


def _number(word: str, plural: bool) -> str:
    return f"{word}s" if plural else word
