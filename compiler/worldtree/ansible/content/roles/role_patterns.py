"""Which roles a templated role name can mean: ``include_role: {name: "app_{{ kind }}"}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worldtree.spec.jinja_syntax import is_template

_EXPRESSION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_LOOPS = ("loop", "with_items", "with_list", "with_flattened")


def possible_names(name: str, keywords: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names that a task's loop gives a templated ``name``; ``name`` alone if unknown.

    Only items that are written in the task are known; nothing takes precedence over them.
    """
    items = next((keywords[key] for key in _LOOPS if key in keywords), None)
    if not isinstance(items, list) or not is_template(name):
        return (name,)
    control = keywords.get("loop_control")
    variable = str(control.get("loop_var", "item")) if isinstance(control, Mapping) else "item"
    return tuple(dict.fromkeys(_with_item(name, variable, item) for item in items))


def _with_item(name: str, variable: str, item: object) -> str:
    """Return ``name`` with a loop's item in place of the expressions that are nothing else."""
    known: dict[str, str] = {}
    if isinstance(item, str):
        known[variable] = item
    for key, value in item.items() if isinstance(item, Mapping) else ():
        if isinstance(value, str):
            known |= {f"{variable}.{key}": value, f"{variable}['{key}']": value}

    def replaced(found: re.Match[str]) -> str:
        return known.get(found[1].replace('"', "'"), found[0])

    return _EXPRESSION.sub(replaced, name)


def with_directories(name: str, role: Path, document: Path) -> str:
    """Return ``name`` with the values of ``role_path`` and ``playbook_dir``."""
    known = {"role_path": str(role), "playbook_dir": str(document)}
    return _EXPRESSION.sub(lambda found: known.get(found[1], found[0]), name)


def name_pattern(name: str) -> re.Pattern[str]:
    """Return what a templated name can be: any text in place of each expression."""
    if "{%" in name:
        return re.compile(r".+", re.DOTALL)
    parts = re.split(r"\{\{.*?\}\}", name, flags=re.DOTALL)
    return re.compile(".+".join(map(re.escape, parts)), re.DOTALL)
