"""Looks up model fields by document path, for error messages, ``explain`` and the schema."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from worldtree.core.errors import DocPath
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.step import Step

#: Fields of a step that are not keys of the document: they hold the kind's key and its value.
STEP_INTERNAL = frozenset({"kind", "params"})


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """The type and field at a path."""

    #: The type, without ``Annotated`` and ``None``.
    type: Any
    #: The field; None for the root, list items and the values of free mappings.
    field: FieldInfo | None = None

    @property
    def model(self) -> type[BaseModel] | None:
        """The type if it is a model, else None."""
        return self.type if is_model(self.type) else None


ROOT = FieldPlace(ClusterDocument)


def field_at(path: DocPath) -> FieldPlace | None:
    """Return the type and field at ``path``, or None if the models have no such path."""
    place: FieldPlace | None = ROOT
    for step in path:
        if place is None:
            return None
        place = _below(place, step)
    return place


def document_keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of ``model`` by their keys in a document."""
    return {
        field.alias or name: field
        for name, field in model.model_fields.items()
        if not (model is Step and name in STEP_INTERNAL)
    }


def element_type(type_: Any) -> Any:
    """Return the item type of a list or the value type of a mapping, else None."""
    bare = unwrap_type(type_)
    origin, args = get_origin(bare), get_args(bare)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return unwrap_type(args[0])
    if origin is dict:
        return unwrap_type(args[1])
    return None


def unwrap_type(type_: Any) -> Any:
    """Return ``type_`` without ``Annotated`` and without ``| None``."""
    while True:
        origin = get_origin(type_)
        if origin is Annotated:
            type_ = get_args(type_)[0]
        elif origin in (Union, types.UnionType):
            rest = [arg for arg in get_args(type_) if arg is not type(None)]
            if len(rest) != 1:
                return type_
            type_ = rest[0]
        else:
            return type_


def walk_fields() -> Iterator[tuple[str, type[BaseModel], str, FieldInfo]]:
    """Yield (path, model, key, field) of every field of all models."""
    yield from _fields("", ClusterDocument)


def _fields(
    path: str, model: type[BaseModel]
) -> Iterator[tuple[str, type[BaseModel], str, FieldInfo]]:
    for key, field in document_keys(model).items():
        where = f"{path}.{key}" if path else key
        yield where, model, key, field
        inner = unwrap_type(field.annotation)
        inner = inner if is_model(inner) else element_type(inner)
        if is_model(inner):
            yield from _fields(where, inner)


def _below(place: FieldPlace, step: str | int) -> FieldPlace | None:
    if is_model(place.type):
        field = document_keys(place.type).get(str(step))
        return FieldPlace(unwrap_type(field.annotation), field) if field else None
    inner = element_type(place.type)
    return FieldPlace(inner) if inner is not None else None


def is_model(type_: Any) -> bool:
    """Whether ``type_`` is a pydantic model."""
    return isinstance(type_, type) and issubclass(type_, BaseModel)


def is_mapping(type_: Any) -> bool:
    """Whether ``type_`` is a mapping whose keys the user chooses."""
    return get_origin(unwrap_type(type_)) is dict
