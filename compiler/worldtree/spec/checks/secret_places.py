"""Rejects secret references where nothing resolves them: in expressions and settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec import model_fields
from worldtree.spec.checks.play_tasks import expressions_of_tasks
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.output import Output
from worldtree.spec.models.secrets import is_reference
from worldtree.spec.models.step import Step
from worldtree.spec.secret_expressions import expression_problems
from worldtree.spec.secret_references import SecretRef, split_references, walk_texts

#: Keys whose values may contain references.
_REFERENCE_KEYS = frozenset({"vars", "environment", "components"})
#: Further keys of steps that are plays, whose values may contain references.
_REFERENCE_KEYS_OF_PLAYS = frozenset(
    {"preTasks", "tasks", "postTasks", "handlers", "moduleDefaults"}
)


def check_secret_places(model: ClusterDocument, bag: DiagnosticBag) -> None:
    """Report references in conditions, templates of outputs and settings."""
    for path, value, is_expression in _texts_without_references(model, ()):
        if is_expression:
            bag.items.extend(expression_problems(value, path))
            continue
        for inner, text in walk_texts(value, path):
            if any(isinstance(part, SecretRef) for part in split_references(text)):
                _refuse(inner, bag)


def _texts_without_references(value: Any, path: DocPath) -> Iterator[tuple[DocPath, str, bool]]:
    """Yield (path, text, whether it is an expression) of all texts that allow no reference."""
    if isinstance(value, BaseModel):
        for key, field in model_fields.document_keys(type(value)).items():
            if key in _REFERENCE_KEYS or is_reference(field.annotation):
                continue
            if key in _REFERENCE_KEYS_OF_PLAYS and isinstance(value, Step):
                name = next(n for n, one in type(value).model_fields.items() if one is field)
                for inner, text in expressions_of_tasks(getattr(value, name), (*path, key)):
                    yield inner, text, True
                continue
            name = next(n for n, one in type(value).model_fields.items() if one is field)
            inner = getattr(value, name)
            if isinstance(inner, str):
                is_output = isinstance(value, Output) and key == "value"
                yield (*path, key), inner, is_output or key == "when"
            else:
                yield from _texts_without_references(inner, (*path, key))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts_without_references(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts_without_references(item, (*path, index))
    elif isinstance(value, str):
        yield path, value, False


def _refuse(path: DocPath, bag: DiagnosticBag) -> None:
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    bag.error(
        "secret-in-setting",
        f"`{key}` cannot be a secret",
        detail="References in this setting are not resolved; it is used as written.",
        hint="write the value itself",
        path=path,
    )
