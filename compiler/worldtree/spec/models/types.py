"""The scalar types of the document: validator and JSON Schema of each."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    StrictBool,
    StrictInt,
    StrictStr,
    WithJsonSchema,
)

from worldtree.spec import durations
from worldtree.spec.models.base import refuse_dates
from worldtree.spec.models.names import (
    ADDRESS,
    DNS_LABEL,
    ENVIRONMENT_NAME,
    GROUP_NAME,
    HOST_RANGE,
    LABEL_KEY,
    LABEL_RULE,
    LABEL_VALUE,
    STEP_RULE,
    TAG,
    VARIABLE,
    pattern_reader,
    read_address,
    read_environment_names,
    read_group_name,
    read_host_range,
    read_label_key,
    read_selector,
    read_tags,
    read_variable,
)
from worldtree.spec.models.values import (
    PERCENT,
    read_condition,
    read_duration,
    read_positive_duration,
    read_serial,
    read_share,
    read_texts,
)

Text = StrictStr
Flag = StrictBool
NonNegativeInt = Annotated[StrictInt, Field(ge=0)]
PositiveInt = Annotated[StrictInt, Field(ge=1)]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]

#: Part of node ids and file names.
PartName = Annotated[
    str,
    PlainValidator(pattern_reader("name", DNS_LABEL, "bad-name", STEP_RULE)),
    WithJsonSchema({"type": "string", "pattern": DNS_LABEL}),
]
#: Names of environment variables. Those of Ansible and WorldTree themselves configure runs.
EnvironmentNames = Annotated[
    tuple[str, ...],
    PlainValidator(read_environment_names),
    WithJsonSchema({"type": "array", "items": {"type": "string", "pattern": ENVIRONMENT_NAME}}),
]
#: A host name, optionally with ranges.
HostRange = Annotated[
    str, PlainValidator(read_host_range), WithJsonSchema({"type": "string", "pattern": HOST_RANGE})
]
GroupName = Annotated[
    str,
    PlainValidator(read_group_name),
    WithJsonSchema({"type": "string", "pattern": GROUP_NAME}),
]
#: An IP address or DNS name, optionally with ranges.
Address = Annotated[
    str, PlainValidator(read_address), WithJsonSchema({"type": "string", "pattern": ADDRESS})
]
LabelKey = Annotated[
    str,
    PlainValidator(read_label_key),
    WithJsonSchema({"type": "string", "pattern": LABEL_KEY}),
]
LabelValue = Annotated[
    str,
    PlainValidator(pattern_reader("label value", LABEL_VALUE, "bad-name", LABEL_RULE)),
    WithJsonSchema({"type": "string", "pattern": LABEL_VALUE}),
]
#: Seconds; in the document ``10s``, ``5m``, ``1h30m`` or a number of seconds.
Duration = Annotated[
    float,
    PlainValidator(read_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": durations.DURATION_PATTERN},
                {"type": "number", "minimum": 0},
            ]
        }
    ),
]
#: A duration greater than zero.
TimeLimit = Annotated[
    float,
    PlainValidator(read_positive_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": durations.DURATION_PATTERN},
                {"type": "number", "exclusiveMinimum": 0},
            ]
        }
    ),
]
#: A number of hosts or a percentage.
HostShare = Annotated[
    int | str,
    PlainValidator(read_share),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": PERCENT}]}
    ),
]
_BATCH: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 1},
        {"type": "string", "pattern": PERCENT},
        {"type": "string", "pattern": r"\{\{"},
    ]
}
#: Sizes of successive batches; a single value applies to all batches.
Serial = Annotated[
    tuple[int | str, ...],
    PlainValidator(read_serial),
    WithJsonSchema(
        {"anyOf": [*_BATCH["anyOf"], {"type": "array", "items": _BATCH, "minItems": 1}]}
    ),
]
HostSelector = Annotated[
    str | tuple[str, ...],
    PlainValidator(read_selector),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
            ]
        }
    ),
]
#: A string or a list of strings, as a tuple.
Texts = Annotated[
    tuple[str, ...],
    PlainValidator(read_texts),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
_TAGS: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string", "pattern": TAG}},
    ]
}
#: Tags of Ansible: a list, or a comma-separated string.
Tags = Annotated[
    tuple[str, ...],
    PlainValidator(read_tags),
    WithJsonSchema(_TAGS),
]
#: A Jinja condition as in Ansible's ``when``; all items of a list must hold.
Condition = Annotated[
    str,
    PlainValidator(read_condition),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "boolean"},
                {"type": "array", "items": {"type": ["string", "boolean"]}, "minItems": 1},
            ]
        }
    ),
]
Variable = Annotated[
    str, PlainValidator(read_variable), WithJsonSchema({"type": "string", "pattern": VARIABLE})
]


def none_as_mapping(value: Any) -> Any:
    """Read a key without a value (``vars:``) as an empty mapping."""
    return {} if value is None else value


def none_as_list(value: Any) -> Any:
    """Read a key without a value (``hosts:``) as an empty list."""
    return [] if value is None else value


def _variables(value: Any) -> Any:
    refuse_dates(value)
    return none_as_mapping(value)


#: Ansible variables; values may be anything that a plan can hold, templates included.
Vars = Annotated[dict[Variable, Any], BeforeValidator(_variables)]
Labels = Annotated[dict[LabelKey, LabelValue], BeforeValidator(none_as_mapping)]
