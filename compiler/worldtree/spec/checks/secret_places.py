"""Rejects secret references where nothing resolves them: in expressions and settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

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


@dataclass(frozen=True, slots=True)
class _Key:
    """A key of a model whose value may hold no reference somewhere."""

    key: str
    attribute: str
    #: What the value is: tasks with expressions in them, an expression if it is a string, or
    #: anything.
    form: Literal["tasks", "expression", "value"]


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
    if isinstance(value, str):
        yield path, value, False
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts_without_references(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts_without_references(item, (*path, index))
    elif isinstance(value, BaseModel):
        for one in _checked_keys(type(value)):
            inner, place = getattr(value, one.attribute), (*path, one.key)
            if one.form == "tasks":
                for below, text in expressions_of_tasks(inner, place):
                    yield below, text, True
            elif isinstance(inner, str):
                yield place, inner, one.form == "expression"
            elif inner:
                yield from _texts_without_references(inner, place)


@cache
def _checked_keys(model: type[BaseModel]) -> tuple[_Key, ...]:
    """Return the keys of ``model`` that do not take references everywhere in their values."""
    names = {id(field): name for name, field in model.model_fields.items()}
    found = []
    for key, field in model_fields.document_keys(model).items():
        if key in _REFERENCE_KEYS or is_reference(field.annotation):
            continue
        form: Literal["tasks", "expression", "value"] = "value"
        if key in _REFERENCE_KEYS_OF_PLAYS and issubclass(model, Step):
            form = "tasks"
        elif key == "when" or (key == "value" and issubclass(model, Output)):
            form = "expression"
        found.append(_Key(key, names[id(field)], form))
    return tuple(found)


def _refuse(path: DocPath, bag: DiagnosticBag) -> None:
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    bag.error(
        "secret-in-setting",
        f"`{key}` cannot be a secret",
        detail="References in this setting are not resolved; it is used as written.",
        hint="write the value itself",
        path=path,
    )
