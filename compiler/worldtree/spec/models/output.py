"""What a step publishes for later ones."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from worldtree.spec.models.base import DocModel, describe, problem
from worldtree.spec.models.types import Flag, Text, none_is_empty

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


def _outputs(value: Any) -> dict[str, Output]:
    value = none_is_empty(value)
    if not isinstance(value, dict):
        raise problem(
            "wrong-type",
            f"outputs are a mapping of names to values, not {describe(value)}",
            hint="write `outputs: {token: '{{ result.stdout }}'}`",
        )
    found = {}
    for name, item in value.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise problem(
                "bad-name",
                f"`{name}` is no name of an output",
                "It is read as `outputs['step'].name`, so it has letters, digits and `_` only.",
            )
        given = {"value": item} if isinstance(item, str) else none_is_empty(item)
        if not isinstance(given, dict):
            raise problem(
                "wrong-type", f"an output is a template or a mapping, not {describe(item)}"
            )
        found[name] = Output.model_validate(given)
    return found


Outputs = Annotated[
    dict[str, Output],
    PlainValidator(_outputs),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": "string"}, {"type": "null"}, Output.model_json_schema()]
            },
        }
    ),
]
