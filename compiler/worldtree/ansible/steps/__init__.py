"""Built-in step kinds, and the registry through which other packages add theirs.

- ``kinds() -> Mapping[str, StepKind]``: every usable kind by name; ``loaded_kinds()``: the broken
  ones, too.
- ``normalise(kind, raw) -> dict``: expands the scalar shorthand (``wait: ...`` to a mapping).
- ``check(kind_name, raw, path) -> list[Diagnostic]``: the problems of a step's parameters.
- ``reversibility``, ``repeatable``, ``needs_facts`` (kind_name, params): what a plan shows.
- ``StepKind``, ``StepParams``, ``StepContext``, ``Asset``: the parts of a new kind.
"""

from worldtree.ansible.steps.kind import Asset, StepContext, StepKind, StepParams
from worldtree.ansible.steps.parameter_check import (
    check,
    needs_facts,
    normalise,
    repeatable,
    reversibility,
)
from worldtree.ansible.steps.registry import kinds, loaded_kinds

__all__ = [
    "Asset",
    "StepContext",
    "StepKind",
    "StepParams",
    "check",
    "kinds",
    "loaded_kinds",
    "needs_facts",
    "normalise",
    "repeatable",
    "reversibility",
]
