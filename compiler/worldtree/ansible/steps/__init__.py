"""Built-in step kinds and the door through which other packages add theirs.

- ``kinds() -> Mapping[str, StepKind]``: every usable kind by name; ``loaded_kinds()``: the broken
  ones, too.
- ``normalise(kind, raw) -> dict``: the scalar shorthand spelled out (``wait: ...`` as a mapping).
- ``check(kind_name, raw, path) -> list[Diagnostic]``: everything wrong with a step's parameters.
- ``reversibility``, ``repeatable``, ``needs_facts`` (kind_name, params): what a plan shows.
- ``StepKind``, ``StepParams``, ``StepContext``, ``Asset``: what a new kind is made of.
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
