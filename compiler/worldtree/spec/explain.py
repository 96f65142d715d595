"""``wt explain``: meaning, type, default, example and keys of a place in a document."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from worldtree.core.errors import Diagnostic, InputError
from worldtree.core.suggestions import did_you_mean
from worldtree.spec import model_fields
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.step import Step
from worldtree.spec.schema import model_schema
from worldtree.spec.type_summaries import type_summary

Models = Mapping[str, type[BaseModel]]
Summaries = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Child:
    """A key of the explained place."""

    key: str
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """The description of one place in a document."""

    path: str
    meaning: str
    type: str
    required: bool = False
    #: As YAML on one line; None if there is no fixed default.
    default: str | None = None
    #: As YAML.
    example: str | None = None
    children: tuple[Child, ...] = field(default=())


def explain(
    path: str,
    *,
    components: Models | None = None,
    kinds: Models | None = None,
    component_summaries: Summaries | None = None,
    kind_summaries: Summaries | None = None,
) -> Explanation:
    """Explain a place such as ``spec.hosts.roles``; list indexes are optional and ignored.

    ``components`` maps a component's name to the model of its configuration, ``kinds`` a step
    kind's name to that of its parameters; both are explained below ``spec.components`` and
    ``….steps``. A name without a summary shows the first line of its model's docstring. The empty
    path is the whole document. Raises ``InputError`` for an unknown path.
    """
    walk = _PathWalk(components or {}, kinds or {}, component_summaries or {}, kind_summaries or {})
    for part in _parts(path):
        walk.enter(part)
    return walk.explanation()


class _PathWalk:
    def __init__(
        self,
        components: Models,
        kinds: Models,
        component_summaries: Summaries,
        kind_summaries: Summaries,
    ) -> None:
        self._named: dict[str, Models] = {"components": components, "steps": kinds, "step": kinds}
        self._summaries: dict[str, Summaries] = {
            "components": component_summaries,
            "steps": kind_summaries,
            "step": kind_summaries,
        }
        #: What the component or step kind is, where the place is one.
        self._summary = ""
        self._path: list[str] = []
        #: Model that the place is, or whose list or mapping it is.
        self._model: type[BaseModel] | None = ClusterDocument
        self._owner: type[BaseModel] | None = None
        self._field: FieldInfo | None = None
        self._type: Any = ClusterDocument
        self._mapping = False

    def enter(self, part: str) -> None:
        known = self._keys()
        self._summary = "" if part in known else self._summary_of(part)
        if part in known:
            self._take_field(known[part])
        elif part in self._models():
            self._take_model(self._models()[part])
        elif self._mapping and not self._models():
            # A name that the user chooses, such as the name of a group.
            self._mapping = False
            self._field = self._owner = None
        else:
            raise self._unknown(part, [*known, *self._models()])
        self._path.append(part)

    def explanation(self) -> Explanation:
        info = self._field
        model = self._model
        described = _plain(info.description) if info and info.description else ""
        return Explanation(
            path=".".join(self._path) or "(document)",
            meaning=described or self._summary or _first_line(model),
            type=self._type_words(),
            required=bool(info and info.is_required()),
            default=_default(info),
            example=_example(info, self._path[-1] if self._path else ""),
            children=self._children(),
        )

    def _keys(self) -> dict[str, FieldInfo]:
        return {} if self._model is None else model_fields.document_keys(self._model)

    def _models(self) -> Models:
        """Return the components or step kinds that can be named here."""
        if self._model is Step or (self._path and self._path[-1] == "components"):
            return self._named.get(self._path[-1], {})
        return {}

    def _summary_of(self, name: str) -> str:
        """Return the summary of a component or step kind that can be named here, or no text."""
        models = self._models()
        if name not in models:
            return ""
        return self._summaries[self._path[-1]].get(name) or _first_line(models[name])

    def _take_field(self, info: FieldInfo) -> None:
        self._owner, self._field = self._model, info
        self._type = model_fields.unwrap_type(info.annotation)
        inner = model_fields.element_type(self._type)
        self._mapping = model_fields.is_mapping(self._type)
        found = self._type if inner is None else inner
        self._model = found if model_fields.is_model(found) else None

    def _take_model(self, model: type[BaseModel]) -> None:
        self._model = self._type = model
        self._owner = self._field = None
        self._mapping = False

    def _type_words(self) -> str:
        if self._owner is None or self._field is None:
            return "mapping"
        schema = _schema_of(self._owner)
        key = self._path[-1]
        return type_summary(schema["properties"].get(key, {}), schema.get("$defs", {}))

    def _children(self) -> tuple[Child, ...]:
        keys = {} if self._model is None else model_fields.document_keys(self._model)
        listed = [
            Child(key, _plain(info.description or ""), info.is_required())
            for key, info in keys.items()
        ]
        listed += [Child(name, self._summary_of(name)) for name in self._models()]
        return tuple(listed)

    def _unknown(self, part: str, known: list[str]) -> InputError:
        parent = ".".join(self._path)
        where = f"`{parent}`" if parent else "a document"
        hint = did_you_mean(part, known)
        if hint and parent:
            meant = re.search(r"`(.+)`", hint)
            hint = f"did you mean `{parent}.{meant.group(1)}`?" if meant else hint
        if not hint and (elsewhere := _places_of_key(part)):
            hint = f"did you mean {elsewhere}?"
        if not hint:
            listed = ", ".join(f"`{key}`" for key in known[:20])
            hint = f"use one of {listed}" if known else f"explain {where} instead"
        return InputError([Diagnostic("unknown-path", f"{where} has no `{part}`", hint=hint)])


@functools.cache
def _schema_of(model: type[BaseModel]) -> Mapping[str, Any]:
    """Return the schema of a model, which takes a tenth of a second to make; do not change it."""
    return model_schema(model)


def render(found: Explanation) -> str:
    """Return an explanation as text for a terminal, ending in a line break."""
    lines = [f"{found.path}  ({found.type}{', required' if found.required else ''})", ""]
    lines.append(f"  {found.meaning}")
    if found.default is not None:
        lines += ["", f"  default: {found.default}"]
    if found.example is not None:
        lines += ["", "  example:", *(f"    {line}" for line in found.example.splitlines())]
    if found.children:
        width = max(len(child.key) for child in found.children)
        lines += ["", "  keys:"]
        lines += [
            f"    {child.key:<{width}}  {child.meaning}{' (required)' if child.required else ''}"
            for child in found.children
        ]
    return "\n".join(lines) + "\n"


def _parts(path: str) -> list[str]:
    cleaned = re.sub(r"\[[0-9]*\]", "", path.strip()).strip(".")
    return [part for part in cleaned.split(".") if part and not part.isdigit()]


def _default(info: FieldInfo | None) -> str | None:
    if info is None or info.is_required():
        return None
    default = info.get_default(call_default_factory=True)
    if default is None or isinstance(default, BaseModel):
        return None
    value = list(default) if isinstance(default, tuple) else default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _inline_yaml(value)


def _example(info: FieldInfo | None, key: str) -> str | None:
    if info is None or not info.examples:
        return None
    text: str = yaml.safe_dump(
        {key: info.examples[0]}, sort_keys=False, allow_unicode=True, width=90
    )
    return text.rstrip("\n")


def _inline_yaml(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=1000)
    return text.removesuffix("...\n").strip()


def _places_of_key(part: str) -> str:
    """Return up to three places with a key of this name."""
    found = dict.fromkeys(where for where, _, name, _ in model_fields.walk_fields() if name == part)
    return " or ".join(f"`{where}`" for where in list(found)[:3])


def _first_line(model: type[BaseModel] | None) -> str:
    if model is None or not model.__doc__:
        return ""
    # Docstrings mark code by two backticks, screens by one.
    return _plain(model.__doc__.strip().splitlines()[0])


def _plain(text: str) -> str:
    """Return ``text`` with code marked as on a screen."""
    return text.replace("``", "`")
