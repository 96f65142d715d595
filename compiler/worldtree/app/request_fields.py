"""Fields that several requests have, with checks that say what is wrong and what to write."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from worldtree.core.errors import WorldTreeError
from worldtree.core.time_zones import read_zone


def field_error(slug: str, message: str, hint: str = "") -> PydanticCustomError:
    """Return the error of a field; ``slug`` is in kebab-case."""
    # The words are values of the template: braces in them mean nothing.
    return PydanticCustomError(
        slug.replace("-", "_"),
        "{message}",
        {"message": message, "hint": hint},
    )


def as_field_error(problem: WorldTreeError) -> PydanticCustomError:
    """Return an error of the application as that of the field that it is about."""
    return field_error(problem.code, problem.message, problem.hint)


def refuse_disorder(start: datetime | None, until: datetime) -> None:
    """Raise the error of the field `until` where it is not after `from`; None is no beginning."""
    if start is not None and until <= start:
        raise field_error(
            "period-invalid", "`until` is not after `from`", "give a time after `from`"
        )


def _known_zone(name: str) -> str:
    try:
        read_zone(name)
    except WorldTreeError as problem:
        raise as_field_error(problem) from None
    return name


#: A time zone of the IANA database.
TimeZoneName = Annotated[str, Field(max_length=100), AfterValidator(_known_zone)]

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


def _plain_name(name: str) -> str:
    if not re.fullmatch(_NAME, name):
        raise field_error(
            "name-invalid",
            "the name is not valid",
            "use letters, digits, `.`, `_` and `-`, with a letter or a digit first",
        )
    return name


#: The name of something that a project has: it can be a part of an address and of a command.
PlainName = Annotated[
    str,
    Field(min_length=1, max_length=100, json_schema_extra={"pattern": _NAME}),
    AfterValidator(_plain_name),
]
