"""Secret references where nothing resolves them: in expressions and in settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec import model_fields
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.output import Output
from worldtree.spec.models.secrets import is_reference
from worldtree.spec.secret_expressions import in_expressions
from worldtree.spec.secret_references import SecretRef, split, texts

#: Keys whose values may hold references.
_VALUES = frozenset({"vars", "environment", "components"})


def check_secret_places(model: ClusterDocument, bag: DiagnosticBag) -> None:
    """Refuse references in conditions, templates of outputs and settings."""
    for path, value, is_expression in _fixed(model, ()):
        if is_expression:
            bag.items.extend(in_expressions(value, path))
            continue
        for inner, text in texts(value, path):
            if any(isinstance(part, SecretRef) for part in split(text)):
                _refuse(inner, bag)


def _fixed(value: Any, path: DocPath) -> Iterator[tuple[DocPath, str, bool]]:
    """Yield (path, text, whether it is an expression) of all that holds no reference."""
    if isinstance(value, BaseModel):
        for key, field in model_fields.keys(type(value)).items():
            if key in _VALUES or is_reference(field.annotation):
                continue
            name = next(n for n, one in type(value).model_fields.items() if one is field)
            inner = getattr(value, name)
            if isinstance(inner, str):
                is_output = isinstance(value, Output) and key == "value"
                yield (*path, key), inner, is_output or key == "when"
            else:
                yield from _fixed(inner, (*path, key))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _fixed(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _fixed(item, (*path, index))
    elif isinstance(value, str):
        yield path, value, False


def _refuse(path: DocPath, bag: DiagnosticBag) -> None:
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    bag.error(
        "secret-in-setting",
        f"`{key}` cannot be a secret",
        detail="This setting is taken as it is written; nothing resolves a reference in it.",
        hint="write the value out",
        path=path,
    )
