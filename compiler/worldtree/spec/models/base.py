"""Base class of the document's models, and how their validators report problems."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from worldtree.core.leaves import leaves
from worldtree.spec.scalars import DateText


class DocModel(BaseModel):
    """A mapping of the document: camelCase keys, no unknown ones, immutable."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, defer_build=True
    )


def validation_problem(
    slug: str, summary: str, detail: str = "", hint: str = ""
) -> PydanticCustomError:
    """Return the error that becomes the diagnostic ``slug`` at the validated value."""
    context: dict[str, Any] = {"summary": summary, "detail": detail, "hint": hint}
    return PydanticCustomError(slug, "{summary}", context)


def refuse_dates(value: Any) -> None:
    """Raise a problem for an unquoted date in ``value``, which Ansible does not read as text."""
    found = next((one for one in leaves(value) if isinstance(one, DateText)), None)
    if found is not None:
        raise validation_problem(
            "bad-scalar",
            f"`{found}` is a date for Ansible, which a document cannot hold",
            "A plan is JSON, which has no dates.",
            f'write "{found}" if it is text, or put it into a file of `varsFiles` or `tasks`',
        )


def describe(value: Any) -> str:
    """Return ``value`` in words for messages, e.g. ``the number 3`` or ``a list``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}" if abs(value) < 10**20 else "a number"
    if isinstance(value, str):
        return f"the string `{value}`" if len(value) <= 40 else "a string"
    return "a mapping" if isinstance(value, dict) else "a list"
