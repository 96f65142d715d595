"""Built-in step kinds, and the registry through which other packages add theirs.

- ``kinds() -> Mapping[str, StepKind]``: every usable kind by name; ``loaded_kinds()``: the broken
  ones, too.
- ``normalise(kind, raw) -> dict``: expands the scalar shorthand (``wait: ...`` to a mapping).
- ``check(kind_name, raw, path) -> list[Diagnostic]``: the problems of a step's parameters.
- ``reversibility(kind_name, params)``: whether a step can be undone.
- ``StepKind``, ``StepParams``, ``StepContext``, ``Asset``: the parts of a new kind.
"""

from worldtree.ansible.steps.kind import Asset, StepContext, StepKind, StepParams
from worldtree.ansible.steps.parameter_check import (
    check,
    normalise,
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
    "normalise",
    "reversibility",
]
