"""Options of a command as a model of the application; what is wrong is a usage error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")


def made_of(model: type[M], **values: Any) -> M:
    """Return the model with these values; raise ``click.UsageError`` for an invalid one.

    The message names the value's key, and shows no value: it may be a secret.
    """
    from pydantic import ValidationError

    try:
        return model(**values)
    except ValidationError as problem:
        first = problem.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        words = first["msg"].removeprefix("Value error, ")
        raise click.UsageError(f"{place}: {words}" if place else words) from None
