"""Translates errors of pydantic into diagnostics at a path of the document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from worldtree.core.errors import Diagnostic, DocPath
from worldtree.core.suggestions import did_you_mean, nearest
from worldtree.spec import model_fields
from worldtree.spec.document import QUOTE_HINT, Document
from worldtree.spec.models.base import describe

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+\Z")
_EXPECTED = {
    "string_type": "a string",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "int_parsing": "an integer",
    "float_parsing": "a number",
    "bool_type": "a boolean",
    "bool_parsing": "a boolean",
    "float_type": "a number",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
    "flag_or_template": "a boolean or a template",
    "count_or_template": "a number or a template",
    "share_or_template": "a number from 0 to 100 or a template",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
#: Other names of types -> their names in a document.
_TYPES = {
    "string": "str",
    "text": "str",
    "integer": "int",
    "number": "float",
    "double": "float",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
    "mapping": "dict",
    "map": "dict",
}


def expected_type(kind: str) -> str:
    """Return the type that an error of pydantic's kind asks for, such as ``an integer``; or ""."""
    return _EXPECTED.get(kind, "")


def to_diagnostic(error: Mapping[str, Any], document: Document) -> Diagnostic:
    """Return the diagnostic of one item of ``ValidationError.errors()``."""
    path, at_key = document_path(tuple(error["loc"]))
    kind, value = str(error["type"]), error.get("input")
    context: Mapping[str, Any] = error.get("ctx") or {}
    if _SLUG.match(kind) and "summary" in context:
        return _custom(kind, context, path, at_key, document)
    if kind == "missing":
        return _missing(path)
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "literal_error":
        return _literal(str(context.get("expected", "")), value, path)
    if kind in _EXPECTED:
        return _wrong_type(_EXPECTED[kind], value, path)
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return Diagnostic(
            "wrong-value",
            f"{_place_name(path)} must be {words} {context.get(name)}, not {value}",
            path=path,
        )
    if kind == "too_short":
        return Diagnostic(
            "wrong-value", f"{_place_name(path)} is empty", hint="add at least one item", path=path
        )
    said = str(error["msg"]).removeprefix("Value error, ")
    if kind == "string_pattern_mismatch":
        said = f"{describe(value)} does not match {context.get('pattern')}"
    return Diagnostic("wrong-value", f"{_place_name(path)}: {said}", path=path)


def document_path(loc: tuple[str | int, ...]) -> tuple[DocPath, bool]:
    """Return pydantic's ``loc`` as (path of the document, whether it refers to the key)."""
    if loc and loc[-1] == "[key]":
        return loc[:-1], True
    return loc, False


def _custom(
    slug: str, context: Mapping[str, Any], path: DocPath, at_key: bool, document: Document
) -> Diagnostic:
    summary = str(context["summary"])
    if slug == "unknown-key":
        # Raised for the whole step: the summary contains the key.
        named = re.search(r"`(.+)`", summary)
        if named and document.has((*path, named.group(1))):
            path, at_key = (*path, named.group(1)), True
    return Diagnostic(
        slug,
        summary,
        str(context.get("detail", "")),
        str(context.get("hint", "")),
        path=path,
        at_key=at_key,
    )


def _missing(path: DocPath) -> Diagnostic:
    parent, key = path[:-1], str(path[-1])
    place = model_fields.field_at(path)
    hint = f"add `{key}`"
    detail = ""
    if place is not None and place.field is not None:
        detail = place.field.description or ""
        example = (place.field.examples or [None])[0]
        if isinstance(example, str | int):
            hint = f"add it, for example `{key}: {example}`"
    where = _place_name(parent)
    return Diagnostic(
        "missing-key",
        f"`{key}` is missing" if not parent else f"{where} has no `{key}`",
        detail,
        hint,
        path=parent,
        at_key=True,
    )


def _unknown_key(path: DocPath) -> Diagnostic:
    key = str(path[-1])
    place = model_fields.field_at(path[:-1])
    known = (
        sorted(model_fields.document_keys(place.model)) if place is not None and place.model else []
    )
    hint = did_you_mean(key, known)
    within = _nested_key(key, place.model) if place is not None and place.model else None
    if within is not None:
        hint = f"move it to `{within}`"
    elif not hint:
        elsewhere = _parent_of_key(key)
        listed = ", ".join(f"`{name}`" for name in known)
        hint = f"it belongs to `{elsewhere}`" if elsewhere else f"use one of {listed}"
    return Diagnostic("unknown-key", f"unknown key `{key}`", hint=hint, path=path, at_key=True)


def _nested_key(key: str, model: type[BaseModel]) -> str | None:
    """Return the key of ``model`` whose mapping has the key ``key``."""
    for name, field in model_fields.document_keys(model).items():
        inner = model_fields.unwrap_type(field.annotation)
        if model_fields.is_model(inner) and key in model_fields.document_keys(inner):
            return name
    return None


def _parent_of_key(key: str) -> str | None:
    """Return the place of a key of this name."""
    for where, _, name, _ in model_fields.walk_fields():
        if name == key:
            return where.rsplit(".", 1)[0] if "." in where else "the top level"
    return None


def _literal(expected: str, value: Any, path: DocPath) -> Diagnostic:
    allowed = re.findall(r"'([^']*)'", expected)
    named = [f"`{word}`" for word in allowed]
    listed = " or ".join([", ".join(named[:-1]), named[-1]] if named[1:] else named)
    meant = _closest_allowed(value, allowed) if isinstance(value, str) else None
    only = f"write `{path[-1]}: {allowed[0]}`" if len(allowed) == 1 else ""
    hint = f"did you mean `{meant}`?" if meant else only
    return Diagnostic(
        "wrong-value",
        f"{_place_name(path)} must be {listed}, not {describe(value)}",
        hint=hint,
        path=path,
    )


def _closest_allowed(value: str, allowed: list[str]) -> str | None:
    """Return the value of ``allowed`` that is a synonym of ``value`` or closest to it."""
    same = _TYPES.get(value.strip().lower())
    return same if same in allowed else nearest(value, allowed)


def _wrong_type(expected: str, value: Any, path: DocPath) -> Diagnostic:
    hint = ""
    if expected == "a string" and isinstance(value, bool | int | float):
        word = str(value).lower() if isinstance(value, bool) else str(value)
        hint = f'{QUOTE_HINT}"{word}"'
    elif expected == "a list" and value is not None:
        hint = "write each item on its own line, after `- `"
    elif expected in ("an integer", "a boolean") and isinstance(value, str):
        hint = "remove the quotes" if _looks_like(expected, value) else ""
    elif value is None:
        hint = "set a value, or remove the key"
    elif expected == "a mapping" and path:
        where = ".".join(part for part in path if isinstance(part, str))
        hint = f"`wt explain {where}` lists its keys"
    return Diagnostic(
        "wrong-type",
        f"{_place_name(path)} must be {expected}, not {describe(value)}",
        hint=hint,
        path=path,
    )


def _looks_like(expected: str, value: str) -> bool:
    if expected == "an integer":
        return value.isascii() and value.isdigit()
    return value.lower() in ("true", "false", "yes", "no")


def _place_name(path: DocPath) -> str:
    """Return the name of a place in a message: its key, or the list that it is an item of."""
    if not path:
        return "the document"
    if isinstance(path[-1], int):
        return f"an item of `{path[-2]}`" if len(path) > 1 else "an item"
    return f"`{path[-1]}`"
