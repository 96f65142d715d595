"""Finds step kinds: the built-in ones and those of installed packages, by entry point."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import PydanticUndefinedAnnotation, PydanticUserError

from worldtree.ansible.steps.kind import StepKind
from worldtree.plugins import (
    LoadedPlugins,
    PluginError,
    PluginFault,
    PluginGroup,
    load_group,
)

#: A step with one of these keys is not of a built-in kind.
RESERVED_NAMES = frozenset({"role", "name", "when", "vars", "tags", "hosts", "policy"})


def _checked(loaded: object) -> StepKind[Any]:
    if not isinstance(loaded, StepKind):
        raise PluginError(PluginFault.TYPE, f"It is a {type(loaded).__name__}, not a StepKind.")
    if not loaded.params.__module__.startswith("worldtree."):
        try:  # Our own are right, and made when they are used.
            loaded.params.model_rebuild()
        except (PydanticUserError, PydanticUndefinedAnnotation) as error:
            raise PluginError(PluginFault.TYPE, f"Its parameters: {error.message}") from error
    return loaded


#: Each entry loads to a ``StepKind``. The built-in ones are found in the same way.
STEP_GROUP: PluginGroup[StepKind[Any]] = PluginGroup(
    "worldtree.steps",
    "step kind",
    _checked,
    name_of=lambda kind: kind.name,
    reserved=RESERVED_NAMES,
)


@cache
def loaded_kinds() -> LoadedPlugins[StepKind[Any]]:
    """Return all step kinds, loaded once, and the broken ones."""
    return load_group(STEP_GROUP)


@cache
def kinds() -> Mapping[str, StepKind[Any]]:
    """Return every usable kind by name, sorted."""
    return loaded_kinds().values
