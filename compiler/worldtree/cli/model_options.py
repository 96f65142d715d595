"""Options of a command as a model of the application; what is wrong is a usage error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from worldtree.cli.command import HintedUsageError

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")

#: Ends of keys that names of options do not have: `grace_seconds` is `--grace`.
_ENDS = ("", "_seconds", "_hours", "s")


def made_of(model: type[M], **values: Any) -> M:
    """Return the model with these values; raise ``click.UsageError`` for an invalid one.

    The message names the option of the value, or its key, and shows no value that may be a secret.
    """
    from pydantic import ValidationError

    try:
        return model(**values)
    except ValidationError as problem:
        first = problem.errors(include_input=False, include_url=False)[0]
        place = _option(first["loc"]) or ".".join(map(str, first["loc"]))
        words = first["msg"].removeprefix("Value error, ")
        hint = str(first.get("ctx", {}).get("hint", ""))
        raise HintedUsageError(f"{place}: {words}" if place else words, hint=hint) from None


def _option(path: Sequence[str | int]) -> str | None:
    """Return the option of the current command, or its argument, that has the value at a path."""
    context = click.get_current_context(silent=True)
    known = [] if context is None else context.command.params
    options = {option for one in known for option in one.opts if isinstance(one, click.Option)}
    arguments = {
        one.name: one.human_readable_name for one in known if isinstance(one, click.Argument)
    }
    for step in reversed(path):
        if step in arguments:
            return arguments[str(step)]
        for end in _ENDS:
            name = "--" + str(step).removesuffix(end).replace("_", "-")
            if name in options:
                return f"`{name}`"
    return None
