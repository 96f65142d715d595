"""The parameters of a pipeline: what they are, and typed values of what was given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from worldtree.catalog.pipeline import PipelineDefinition, PipelineParameters
from worldtree.core.errors import Diagnostic, DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.spec.pydantic_messages import expected_type
from worldtree.spec.secret_references import SecretRef, split_references
from worldtree.spec.type_summaries import type_summary

#: Slug of every problem of a parameter; they come from the command line, not from the document.
PARAMETER_SLUG = "invalid-pipeline-parameter"


@dataclass(frozen=True, slots=True)
class PipelineParameter:
    """What is known of one parameter."""

    #: In camelCase, as it is given.
    name: str
    #: In a few words, such as ``list of strings``.
    type: str
    required: bool
    #: As JSON data; None where there is none.
    default: Any
    description: str
    #: Whether its value has to be a reference to a secret.
    secret: bool
    #: Whether text is a value of it as it is.
    takes_text: bool


def pipeline_parameters(definition: PipelineDefinition) -> tuple[PipelineParameter, ...]:
    """Return the parameters of a pipeline, in order of their declaration."""
    schema = definition.parameters.model_json_schema(by_alias=True)
    definitions, required = schema.get("$defs", {}), schema.get("required", ())
    return tuple(
        PipelineParameter(
            name=name,
            type="reference to a secret" if _is_secret(found) else type_summary(found, definitions),
            required=name in required,
            default=None if _is_secret(found) else found.get("default"),
            description=found.get("description", ""),
            secret=_is_secret(found),
            takes_text="string" in _plain_types(found, definitions),
        )
        for name, found in schema.get("properties", {}).items()
    )


def typed_parameters(
    definition: PipelineDefinition, given: Mapping[str, Any], bag: DiagnosticBag
) -> PipelineParameters | None:
    """Return ``given`` as the pipeline's parameters; None with the problems in ``bag``.

    Text is read as the type that the parameter has; lists and mappings are JSON.
    """
    known = {one.name: one for one in pipeline_parameters(definition)}
    values = {name: _from_text(value, known.get(name)) for name, value in given.items()}
    bag.extend(_plain_secrets(definition, values, known))
    try:
        return definition.parameters.model_validate(values)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            bag.extend([_problem(definition, item, known)])
        return None


def plain_parameters(
    definition: PipelineDefinition, parameters: PipelineParameters
) -> dict[str, Any]:
    """Return the parameters that were given as JSON data, by their names in camelCase.

    A reference to a secret stays a reference.
    """
    found = parameters.model_dump(mode="json", by_alias=True, exclude_unset=True)
    fields = {info.alias or name: name for name, info in type(parameters).model_fields.items()}
    for one in pipeline_parameters(definition):
        if one.secret and found.get(one.name) is not None:
            found[one.name] = getattr(parameters, fields[one.name]).get_secret_value()
    return found


def _from_text(value: Any, parameter: PipelineParameter | None) -> Any:
    """Return text that is JSON as data, for a parameter whose values are not text."""
    if parameter is None or parameter.takes_text or not isinstance(value, str):
        return value
    if not value.lstrip().startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value  # Of the wrong type, which is reported.


def _plain_secrets(
    definition: PipelineDefinition,
    values: Mapping[str, Any],
    known: Mapping[str, PipelineParameter],
) -> Iterator[Diagnostic]:
    for name, value in values.items():
        if name not in known or not known[name].secret or value is None:
            continue
        parts = split_references(value) if isinstance(value, str) else [""]
        if not all(isinstance(part, SecretRef) for part in parts):
            yield Diagnostic(
                PARAMETER_SLUG,
                f"the parameter `{name}` of the pipeline `{definition.name}` is a secret in clear"
                " text",
                "Parameters are in the plan, in the bundle and in the history of your shell.",
                f"give a reference to the secret: `--param '{name}=${{env:NAME}}'`",
            )


def _problem(
    definition: PipelineDefinition,
    item: Mapping[str, Any],
    known: Mapping[str, PipelineParameter],
) -> Diagnostic:
    """Return the diagnostic of one problem; it never shows a value, which may be a secret."""
    where, kind = ".".join(map(str, item["loc"])), str(item["type"])
    of = f"of the pipeline `{definition.name}`"
    listed = ", ".join(f"{one.name} ({one.type})" for one in known.values())
    if kind == "extra_forbidden" and len(item["loc"]) == 1:
        return Diagnostic(
            PARAMETER_SLUG,
            f"the pipeline `{definition.name}` has no parameter `{where}`",
            f"It has: {listed}." if known else "It has no parameters.",
            did_you_mean(where, known),
        )
    if kind == "missing":
        one = known.get(where)
        return Diagnostic(
            PARAMETER_SLUG,
            f"the parameter `{where}` {of} is missing",
            f"It is required: {one.type}. {one.description}".rstrip() if one else "",
            f"add `--param {where}=VALUE`" if one else "",
        )
    words = expected_type(kind)
    message = str(item["msg"]).removeprefix("Value error, ").removesuffix(".")
    return Diagnostic(
        PARAMETER_SLUG,
        f"the parameter `{where}` {of} is not valid",
        f"It must be {words}." if words else f"{message}.",
        'write a list or a mapping as JSON, such as `--param \'NAME=["a", "b"]\'`'
        if words in ("a list", "a mapping")
        else "",
    )


def _is_secret(schema: Mapping[str, Any]) -> bool:
    """Whether it is the schema of pydantic's ``SecretStr``."""
    options = (schema, *schema.get("anyOf", ()))
    return any(one.get("format") == "password" and one.get("writeOnly") for one in options)


def _plain_types(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix("#/$defs/")
        yield from _plain_types(definitions.get(name, {}), definitions)
    for option in schema.get("anyOf", ()):
        yield from _plain_types(option, definitions)
    kinds = schema.get("type", "string" if "const" in schema or "enum" in schema else ())
    yield from [kinds] if isinstance(kinds, str) else kinds
