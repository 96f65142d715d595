"""Whether Ansible accepts a value for a type; values that it converts are accepted."""

from __future__ import annotations

import ast
import decimal
import json
import re
from collections.abc import Mapping
from typing import Any

from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.secret_references import has_secret
from worldtree.spec.yaml_tags import Unsafe, Vault

_BOOLEANS = frozenset({"y", "yes", "on", "1", "true", "t", "n", "no", "off", "0", "false", "f"})
_SIZE = re.compile(r"^([0-9]*\.?[0-9]+)(?:\s*([A-Za-z]+))?\s*$")
_SCALES = {
    "B": "",
    "K": "kilo",
    "M": "mega",
    "G": "giga",
    "T": "tera",
    "P": "peta",
    "E": "exa",
    "Z": "zetta",
    "Y": "yotta",
}


def is_runtime_value(value: object) -> bool:
    """Whether ``value`` is known only when the play runs (template, secret reference, vaulted)."""
    if not isinstance(value, str) or isinstance(value, Unsafe):
        return False
    return isinstance(value, Vault) or is_template(value) or has_secret(value)


def _is_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return value in (0, 1)
    return isinstance(value, str) and value.strip().lower() in _BOOLEANS


def _is_int(value: Any) -> bool:
    if isinstance(value, int):
        return True
    try:
        number = decimal.Decimal(value)
        return number == int(number)
    except (decimal.DecimalException, TypeError, ValueError, OverflowError):
        return False


def _is_float(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _is_dict(value: Any) -> bool:
    if isinstance(value, Mapping):
        return True
    if not isinstance(value, str):
        return False
    if not value.startswith("{"):
        return "=" in value
    try:
        return isinstance(json.loads(value), Mapping)
    except ValueError:
        try:
            return isinstance(ast.literal_eval(value), Mapping)
        except (ValueError, SyntaxError):
            return False


def _is_size(value: Any, unit_sign: str) -> bool:
    """Whether ``value`` is a number with a unit such as ``10M`` or ``10 MB`` (``Mb`` for bits)."""
    found = _SIZE.match(str(value))
    if found is None:
        return False
    unit = found[2]
    if not unit:
        return True
    scale = _SCALES.get(unit[0].upper())
    if scale is None:
        return False
    word = f"{scale}{'byte' if unit_sign == 'B' else 'bit'}"
    sign = unit_sign if not scale else unit[0].upper() + unit_sign
    return len(unit) == 1 or unit.lower() == word or unit == sign


def accepts(type_name: str, value: Any) -> bool:
    """Whether Ansible's validator takes ``value`` as ``type_name``; late values always pass."""
    if is_runtime_value(value):
        return True
    match type_name:
        case "bool":
            return _is_bool(value)
        case "int":
            return _is_int(value)
        case "float":
            return _is_float(value)
        case "dict":
            return _is_dict(value)
        case "list":
            return isinstance(value, list | tuple | str | int | float)
        case "bytes" | "bits":
            return _is_size(value, "B" if type_name == "bytes" else "b")
        case "str" | "path" | "sid":
            # Ansible would print a mapping or list into the string, which no role means.
            return not isinstance(value, Mapping | list | tuple)
        case "json" | "jsonarg":
            return isinstance(value, str | list | tuple | Mapping)
    return True


def as_list(value: Any) -> list[Any]:
    """Turn an accepted list value into its items, splitting a string at commas as Ansible does."""
    if isinstance(value, str):
        return list(value.split(","))
    if isinstance(value, list | tuple):
        return list(value)
    return [str(value)]


def as_mapping(value: Any) -> Mapping[str, Any] | None:
    """Return an accepted dict value's keys, or None when it is text that Ansible takes apart."""
    return value if isinstance(value, Mapping) else None


def in_choices(value: Any, choices: tuple[Any, ...], type_name: str) -> bool:
    """Whether ``value``, converted as Ansible converts it, is one of ``choices``."""
    if is_runtime_value(value) or value in choices:
        return True
    if type_name == "bool":
        wanted = str(value).strip().lower() in {"y", "yes", "on", "1", "1.0", "true", "t"}
        return any(isinstance(c, bool) and c is wanted for c in choices)
    if type_name == "int":
        return any(
            _is_int(c) and int(decimal.Decimal(c)) == int(decimal.Decimal(value)) for c in choices
        )
    if type_name == "float":
        return any(_is_float(c) and float(c) == float(value) for c in choices)
    if isinstance(value, bool):
        # YAML reads `yes` as a boolean; Ansible finds its way back when one choice alone fits.
        words = (
            {"y", "yes", "on", "1", "true", "t"} if value else {"n", "no", "off", "0", "false", "f"}
        )
        fitting = [c for c in choices if isinstance(c, str) and c.lower() in words]
        return len(fitting) == 1
    return str(value) in choices
