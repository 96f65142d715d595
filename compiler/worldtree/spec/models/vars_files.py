"""The key `varsFiles`: files of variables, as `vars_files` of an Ansible play."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from worldtree.spec.models.base import describe, validation_problem


def _read_vars_files(value: Any) -> tuple[str | tuple[str, ...], ...]:
    items = value if isinstance(value, list) else [value]
    found: list[str | tuple[str, ...]] = []
    for item in items:
        names = item if isinstance(item, list) and item else [item]
        if not all(isinstance(name, str) and name.strip() for name in names):
            raise validation_problem(
                "wrong-type",
                f"an item of `varsFiles` must be a path or a list of paths, not {describe(item)}",
                hint="write `varsFiles: [vars/site.yml]`",
            )
        found.append(tuple(names) if isinstance(item, list) else item)
    return tuple(found)


#: Files of variables: paths, or lists of which the first that exists is read.
VarsFiles = Annotated[
    tuple[str | tuple[str, ...], ...],
    PlainValidator(_read_vars_files),
    WithJsonSchema(
        {
            "type": "array",
            "items": {
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
            },
        }
    ),
]
