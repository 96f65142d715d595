"""Base class of the document's models, and how their validators report problems."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError


class DocModel(BaseModel):
    """A mapping of the document: camelCase keys, no unknown ones, immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


def validation_problem(
    slug: str, summary: str, detail: str = "", hint: str = ""
) -> PydanticCustomError:
    """Return the error that becomes the diagnostic ``slug`` at the validated value."""
    context: dict[str, Any] = {"summary": summary, "detail": detail, "hint": hint}
    return PydanticCustomError(slug, "{summary}", context)


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
