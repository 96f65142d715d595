"""Names by which documents call roles."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from worldtree.spec.models.base import describe, validation_problem

#: Prefixes of a role that is given by its directory instead of its name.
_PATHS = ("./", "../", "/", "~/")


def read_role_name(value: Any) -> str:
    if not isinstance(value, str):
        raise validation_problem(
            "wrong-type",
            f"`role` must be the name of a role, not {describe(value)}",
            hint="write `role: name`, and `vars:` next to it",
        )
    name = str(value)
    if "{{" in name:
        raise validation_problem(
            "template-in-name",
            "the name of a role cannot be a template",
            "The role is read when the document is compiled.",
            "write the name itself",
        )
    is_path = name.startswith(_PATHS) and bool(name.strip("./~"))
    forbidden = "\\\t\n ${}" if is_path else "/\\\t\n ${}"
    if not name.strip() or name != name.strip() or any(c in name for c in forbidden):
        raise validation_problem(
            "bad-name",
            f"`{name}` is not a valid role name",
            "A role is given by its name in `spec.rolesPath`, by its name in a collection "
            "(`acme.shop.app`), or by its directory, relative to the document.",
            f"write `./{name}` if it is a directory" if _could_be_path(name) else "",
        )
    return name


def _could_be_path(name: str) -> bool:
    return "/" in name and not name.startswith(_PATHS) and not any(c in name for c in "\\\t\n ${}")


#: The name or directory of a role.
RoleName = Annotated[str, PlainValidator(read_role_name), WithJsonSchema({"type": "string"})]
