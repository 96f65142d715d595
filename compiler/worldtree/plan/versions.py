"""Reads plans from JSON, also those that older versions of the program wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from worldtree.core.errors import RefusedError
from worldtree.plan.plan import PLAN_VERSION, Plan

PlanData = dict[str, Any]

_HINT = "compile the document again with `wt compile`"


def _to_version_2(data: PlanData) -> PlanData:
    """Add the parameters of the pipeline: there were none before."""
    return {**data, "version": 2, "parameters": {}}


#: Version -> what makes the next version of a plan of that version.
_UPGRADES: Mapping[int, Callable[[PlanData], PlanData]] = {1: _to_version_2}


def plan_from_json(text: str | bytes, source: str = "the plan") -> Plan:
    """Return the plan that ``text`` holds; raises as ``plan_from_data``."""
    try:
        data = from_json(text)
    except ValueError as problem:
        raise RefusedError(f"{source} cannot be read: {problem}", hint=_HINT) from problem
    return plan_from_data(data, source)


def plan_from_data(data: object, source: str = "the plan") -> Plan:
    """Return the plan that ``data`` (its JSON, parsed) holds, upgraded to the present version.

    ``source`` names it in messages. Raises ``RefusedError`` for a plan that a newer program wrote,
    and for what is no plan.
    """
    try:
        return Plan.model_validate(_upgraded(data, source))
    except ValidationError as problem:
        msg = f"{source} cannot be read: {problem.error_count()} problems"
        raise RefusedError(msg, hint=_HINT) from problem


def _upgraded(data: object, source: str) -> object:
    if not isinstance(data, dict):
        return data
    version = data.get("version", 1)
    if not isinstance(version, int):
        return data
    if version > PLAN_VERSION:
        raise RefusedError(
            f"{source} has version {version}; this program reads up to version {PLAN_VERSION}",
            hint="upgrade WorldTree",
        )
    for older in range(version, PLAN_VERSION):
        if older in _UPGRADES:
            data = _UPGRADES[older](data)
    return data
