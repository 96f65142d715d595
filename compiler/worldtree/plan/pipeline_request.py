"""Which pipeline is asked for, and with which parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from worldtree.plan.pipeline_names import CREATE_CLUSTER


@dataclass(frozen=True, slots=True)
class PipelineRequest:
    """A pipeline and its parameters; the compiler checks both."""

    name: str = CREATE_CLUSTER
    #: By their names in camelCase: typed values, or text as on a command line.
    parameters: Mapping[str, Any] = field(default_factory=dict)


def parameters_text(parameters: Mapping[str, Any]) -> str:
    """Return ``name=value`` of each parameter, in one line for people."""
    return ", ".join(f"{name}={_shown(value)}" for name, value in parameters.items())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value)
