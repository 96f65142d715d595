"""Summarises a JSON Schema type in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldtree.spec import durations
from worldtree.spec.models.values import PERCENT

_TYPE_NAMES = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "object": "mapping",
    "null": "null",
}


def type_summary(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Return e.g. ``list of strings``, ```ssh` or `local```, ``duration``."""
    return _summary(schema, definitions, plural=False)


def _summary(schema: Mapping[str, Any], definitions: Mapping[str, Any], *, plural: bool) -> str:
    if "$ref" in schema:
        target = str(schema["$ref"]).removeprefix("#/$defs/")
        return _summary(definitions.get(target, {"type": "object"}), definitions, plural=plural)
    if "enum" in schema:
        return " or ".join(f"`{item}`" for item in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    options = schema.get("anyOf") or schema.get("oneOf")
    if options and "type" not in schema:
        if any(option.get("pattern") == durations.DURATION_PATTERN for option in options):
            return _pluralised("duration", plural)
        words = [
            _summary(option, definitions, plural=plural)
            for option in options
            if option.get("type") != "null"
        ]
        return " or ".join(dict.fromkeys(words))
    kind = schema.get("type")
    if isinstance(kind, list):
        rest = [name for name in kind if name != "null"]
        return " or ".join(
            _summary({**schema, "type": name}, definitions, plural=plural) for name in rest
        )
    if kind == "array":
        items = _summary(schema.get("items", {}), definitions, plural=True)
        return f"{_pluralised('list', plural)} of {items}"
    if kind == "string" and schema.get("pattern") == PERCENT:
        return _pluralised("percentage", plural)
    word = _TYPE_NAMES.get(str(kind), "anything")
    return word if word in ("anything", "null") else _pluralised(word, plural)


def _pluralised(word: str, plural: bool) -> str:
    return f"{word}s" if plural else word
