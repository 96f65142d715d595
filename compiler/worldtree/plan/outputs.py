"""Values that a node publishes for later nodes, and where they are read."""

from __future__ import annotations

from typing import Any, Literal

from worldtree.plan.base_model import PlanModel

#: ``any`` allows every value.
OutputType = Literal["any", "str", "int", "float", "bool", "list", "dict"]


class Output(PlanModel):
    """A value that a node publishes on each of its hosts after it has run."""

    #: Jinja over ``result``, which the step's action returned; None: the role publishes it
    #: with ``ansible.builtin.set_stats``.
    value: str | None = None
    type: OutputType = "any"
    #: Whether it stays in memory: it is never stored and never shown.
    secret: bool = False


class OutputUse(PlanModel):
    """Another node's outputs as a node's templates name them: ``outputs['written'].name``."""

    #: What stands between the brackets.
    written: str
    #: Id of the node that publishes them.
    node: str
    #: Names of the outputs that are read, sorted.
    names: tuple[str, ...] = ()
    #: Those of them that are secret.
    secret: tuple[str, ...] = ()
    #: Hosts that publish them, where some are secret.
    hosts: tuple[str, ...] = ()


def has_output_type(value: Any, wanted: OutputType) -> bool:
    """Whether ``value`` has the output type ``wanted``."""
    if wanted == "any":
        return True
    if isinstance(value, bool):
        return wanted == "bool"
    kinds: dict[str, tuple[type, ...]] = {
        "str": (str,),
        "int": (int,),
        "float": (int, float),
        "list": (list, tuple),
        "dict": (dict,),
    }
    return isinstance(value, kinds.get(wanted, ()))
