"""Reads plans from JSON, also those that older versions of the program wrote."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from worldtree.core.format_versions import Format
from worldtree.plan.plan import Plan

PlanData = dict[str, Any]


def _add_parameters(data: PlanData) -> PlanData:
    """Upgrade version 1 to 2: a pipeline had no parameters before."""
    return {**data, "parameters": {}}


def _name_module_variables(data: PlanData) -> PlanData:
    """Upgrade version 2 to 3: all variables were the play's before, and bundles keep their plays.

    Nodes get ``module_vars`` by default: none is known to be a module's.
    """
    return data


def _name_left_out_nodes(data: PlanData) -> PlanData:
    """Upgrade version 3 to 4: which nodes a selection left out was not in the plan.

    Graphs get ``left_out`` by default: none is known.
    """
    return data


def _add_plays_and_patterns(data: PlanData) -> PlanData:
    """Upgrade version 4 to 5: no node was a play, and what the document said of hosts was not kept.

    Nodes get ``play`` and ``host_pattern`` by default: none has one; bundles keep their plays.
    """
    return data


def _add_tags(data: PlanData) -> PlanData:
    """Upgrade version 5 to 6: tags selected whole nodes.

    Plans get ``tags`` by default: no node was cut. Environments were mappings and `no_log` was no
    template, both of which are valid as they are. Hosts were those of the document, never of `-i`,
    and all listed: ``inventories`` and ``unlisted`` are empty by default. So is ``environment``:
    runs got no variable of the caller that a document names.
    """
    return data


def _add_variable_files(data: PlanData) -> PlanData:
    """Upgrade version 6 to 7: only plays had files of variables.

    Nodes get ``vars_files`` by default: none has one.
    """
    return data


#: The last version is ``PLAN_VERSION``.
PLAN_FORMAT = Format(
    "the plan",
    upgrades=(
        _add_parameters,
        _name_module_variables,
        _name_left_out_nodes,
        _add_plays_and_patterns,
        _add_tags,
        _add_variable_files,
    ),
    hint="compile the document again with `wt compile`, or upgrade WorldTree",
)


def plan_from_json(text: str | bytes, source: str = "the plan") -> Plan:
    """Return the plan that ``text`` holds; raises as ``plan_from_data``."""
    try:
        data = from_json(text)
    except ValueError as problem:
        raise PLAN_FORMAT.unreadable(f"cannot be read: {problem}", source) from problem
    return plan_from_data(data, source)


def plan_from_data(data: object, source: str = "the plan") -> Plan:
    """Return the plan that ``data`` (its JSON, parsed) holds, upgraded to the current version.

    ``source`` names it in messages. Raises ``UnreadableFormatError`` for a plan that a newer
    program wrote, and for what is not a plan.
    """
    if not isinstance(data, dict):
        raise PLAN_FORMAT.unreadable("cannot be read: it is not a mapping", source)
    upgraded = PLAN_FORMAT.stamped(PLAN_FORMAT.upgraded(data, source))
    try:
        return Plan.model_validate(upgraded)
    except ValidationError as problem:
        why = f"cannot be read: {problem.error_count()} problems"
        raise PLAN_FORMAT.unreadable(why, source) from problem
