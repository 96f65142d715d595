"""The parameters of a pipeline: what they are, and typed values of what was given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from worldtree.catalog.pipeline import PipelineDefinition, PipelineParameters
from worldtree.core.errors import Diagnostic, DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.plugins import described_error
from worldtree.spec.models.secrets import REFERENCE_PATTERN
from worldtree.spec.pydantic_messages import expected_type
from worldtree.spec.secret_masking import is_secret_name
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
    try:
        return definition.parameters.model_validate(values)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            subject = str(item["loc"][0]) if item["loc"] else ""
            bag.extend([replace(_problem(definition, item, known), subject=subject)])
        return None
    # A package's own checks run here.
    except (Exception, SystemExit) as error:
        bag.error(
            PARAMETER_SLUG,
            f"the parameters of the pipeline `{definition.name}` cannot be checked",
            detail=f"Their check ends with {described_error(error)}.",
            hint="upgrade the package of the pipeline, or report it to its authors",
        )
        return None


def parameters_problem(definition: PipelineDefinition) -> str:
    """Return why the parameters of a pipeline cannot be used, in a sentence; or ""."""
    kind: object = definition.parameters
    if not (isinstance(kind, type) and issubclass(kind, PipelineParameters)):
        return "The type of its parameters is not a subclass of PipelineParameters."
    try:
        found = pipeline_parameters(definition)
    # Types of a package decide what their schema is.
    except Exception as error:
        return f"Its parameters have no JSON Schema: {described_error(error)}."
    for one in found:
        if is_secret_name(one.name) and one.takes_text and not one.secret:
            return (
                f"The parameter `{one.name}` would be a secret in clear text; its type has to be"
                " `Reference`."
            )
    return ""


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
    if kind in ("secret-in-clear", "bad-secret-reference"):
        return Diagnostic(
            PARAMETER_SLUG,
            f"the parameter `{where}` {of} is not a reference to a secret",
            "Parameters are in the plan, in the bundle and in the history of your shell.",
            f"give a reference: `--param '{where}=${{env:NAME}}'`",
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
    """Whether it is the schema of a ``Reference``, optional or not."""
    options = (schema, *schema.get("anyOf", ()))
    return any(one.get("pattern") == REFERENCE_PATTERN for one in options)


def _plain_types(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix("#/$defs/")
        yield from _plain_types(definitions.get(name, {}), definitions)
    for option in schema.get("anyOf", ()):
        yield from _plain_types(option, definitions)
    kinds = schema.get("type", "string" if "const" in schema or "enum" in schema else ())
    yield from [kinds] if isinstance(kinds, str) else kinds
