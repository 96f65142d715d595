"""``outputs``: values that a step publishes for later steps."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from worldtree.spec.models.base import DocModel, describe, validation_problem
from worldtree.spec.models.types import Flag, Text, none_as_mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Output(DocModel):
    """One output; a string is short for its `value`."""

    value: Text | None = Field(
        default=None,
        description="Template over `result`, the return value of the step's action. Not for roles, "
        "which publish their outputs with `ansible.builtin.set_stats`.",
        examples=["{{ result.stdout | trim }}"],
    )
    type: Literal["any", "str", "int", "float", "bool", "list", "dict"] = Field(
        default="any", description="Type of the value.", examples=["str"]
    )
    secret: Flag = Field(
        default=False,
        description="Whether the value is secret: kept in memory, never stored and never shown.",
        examples=[True],
    )


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise validation_problem(
            "bad-name",
            f"`{value}` is not a valid output name",
            "Steps read it as `outputs['step'].name`, so it has letters, digits and `_` only.",
            "for example `token`",
        )
    return str(value)


def _output(value: Any) -> Any:
    """Turn a string into a mapping, and null into an empty one."""
    if isinstance(value, str):
        return {"value": value}
    value = none_as_mapping(value)
    if not isinstance(value, dict):
        raise validation_problem(
            "wrong-type", f"an output must be a template or a mapping, not {describe(value)}"
        )
    return value


def _outputs(value: Any) -> Any:
    value = none_as_mapping(value)
    if not isinstance(value, dict):
        raise validation_problem(
            "wrong-type",
            f"`outputs` must be a mapping of names to values, not {describe(value)}",
            hint="write `outputs: {token: '{{ result.stdout }}'}`",
        )
    return value


Outputs = Annotated[
    dict[
        Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string"})],
        Annotated[Output, BeforeValidator(_output, json_schema_input_type=str | Output | None)],
    ],
    BeforeValidator(_outputs),
]
