"""Names by which documents call roles."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.models.base import describe, validation_problem

#: Prefixes of a role that is given by its directory instead of its name.
_PATHS = ("./", "../", "/", "~/")
#: Characters that no role's name or directory has.
_FORBIDDEN = "\\\t\n ${}"


def read_role_name(value: Any) -> str:
    if not isinstance(value, str):
        raise validation_problem(
            "wrong-type",
            f"`role` must be the name of a role, not {describe(value)}",
            hint="write `role: name`, and `vars:` next to it",
        )
    name = str(value)
    if is_template(name):
        raise validation_problem(
            "template-in-name",
            "the name of a role cannot be a template",
            "The role is read when the document is compiled.",
            "write the name itself",
        )
    parts = name.split("/")
    is_path = name.startswith(_PATHS)
    named = bool(name.strip("./~")) if is_path else all(part.strip(".") for part in parts)
    if name != name.strip() or not named or any(c in name for c in _FORBIDDEN):
        raise validation_problem(
            "bad-name",
            f"`{name}` is not a valid role name",
            "A role is given by its name in `spec.rolesPath`, which may have directories "
            "(`kubernetes/node`), by its name in a collection (`acme.shop.app`), or by its "
            "directory, relative to the document (`./vendor/app`).",
        )
    return name


#: The name or directory of a role.
RoleName = Annotated[str, PlainValidator(read_role_name), WithJsonSchema({"type": "string"})]
