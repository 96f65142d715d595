"""What a step publishes for later ones."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from worldtree.spec.models.base import DocModel, describe, problem
from worldtree.spec.models.types import Flag, Text, none_as_mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Output(DocModel):
    """One value; a text alone is its `value`."""

    value: Text | None = Field(
        default=None,
        description="Template over `result`, what the step's action returned. A role publishes its "
        "outputs itself with `ansible.builtin.set_stats`, so it gives none.",
        examples=["{{ result.stdout | trim }}"],
    )
    type: Literal["any", "str", "int", "float", "bool", "list", "dict"] = Field(
        default="any", description="What the value is.", examples=["str"]
    )
    secret: Flag = Field(
        default=False,
        description="Keep the value in memory: it is never stored and never shown.",
        examples=[True],
    )


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise problem(
            "bad-name",
            f"`{value}` is no name of an output",
            "It is read as `outputs['step'].name`, so it has letters, digits and `_` only.",
        )
    return str(value)


def _output(value: Any) -> Any:
    """Spell a text out, and let nothing stand for an output of which nothing is said."""
    if isinstance(value, str):
        return {"value": value}
    value = none_as_mapping(value)
    if not isinstance(value, dict):
        raise problem("wrong-type", f"an output is a template or a mapping, not {describe(value)}")
    return value


def _outputs(value: Any) -> Any:
    value = none_as_mapping(value)
    if not isinstance(value, dict):
        raise problem(
            "wrong-type",
            f"outputs are a mapping of names to values, not {describe(value)}",
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
