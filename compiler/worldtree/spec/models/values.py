"""Validates durations, numbers of hosts, lists of strings and conditions."""

from __future__ import annotations

import re
from typing import Any

from worldtree.spec import durations
from worldtree.spec.jinja_syntax import (
    EXPRESSION_RULE,
    is_template,
    is_whole_template,
    syntax_error,
)
from worldtree.spec.models.base import describe, validation_problem

PERCENT = r"^(100|[0-9]{1,2})%$"


def read_duration(value: Any) -> float:
    """Return the seconds of a duration."""
    if isinstance(value, str):
        try:
            return durations.parse_duration(value)
        except ValueError:
            pass
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**9:
        return float(value)
    raise validation_problem(
        "bad-duration",
        f"{describe(value)} is not a valid duration",
        "A duration is a number with a unit (ms, s, m, h, d), or a number of seconds.",
        "write it as `10s`, `5m` or `1h30m`",
    )


def read_positive_duration(value: Any) -> float:
    """Return the seconds of a duration greater than zero."""
    seconds = read_duration(value)
    if seconds <= 0:
        raise validation_problem(
            "wrong-value",
            "a time limit must be greater than zero",
            hint="remove the key for no limit",
        )
    return seconds


def read_share(value: Any) -> int | str:
    """Return a number of hosts or a percentage."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and re.fullmatch(PERCENT[1:-1], value):
        return str(value)
    raise validation_problem(
        "wrong-value",
        f"{describe(value)} is neither a number of hosts nor a percentage",
        hint="write it as `2` or `30%`",
    )


def read_serial(value: Any) -> tuple[int | str, ...]:
    """Return the sizes of batches; a template is a text for Ansible, whatever its tag."""
    items = value if isinstance(value, list) and value else [value]
    sizes = tuple(str(item) if is_template(item) else read_share(item) for item in items)
    if any(size in (0, "0%", "00%") for size in sizes):
        raise validation_problem(
            "wrong-value",
            "a batch must have at least one host",
            hint="remove `serial` to run on all hosts at the same time",
        )
    return sizes


def read_texts(value: Any) -> tuple[str, ...]:
    """Return a string or a list of strings as a tuple."""
    items = value if isinstance(value, list) else [value]
    for item in items:
        if not isinstance(item, str) or not item.strip():
            raise validation_problem(
                "wrong-type", f"expected a string or a list of strings, not {describe(item)}"
            )
    return tuple(str(item) for item in items)


def read_condition(value: Any) -> str:
    """Return a Jinja condition; the items of a list are joined with ``and``."""
    items = value if isinstance(value, list) and value else [value]
    words = []
    for item in items:
        if isinstance(item, bool):
            words.append("true" if item else "false")
        elif isinstance(item, str) and item.strip():
            words.append(str(item).strip())
            if reason := syntax_error(words[-1]):
                raise validation_problem(
                    "expression-syntax",
                    f"`{words[-1]}` is not a valid expression: {reason}",
                    EXPRESSION_RULE,
                )
        else:
            raise validation_problem(
                "wrong-type", f"a condition must be a string or a boolean, not {describe(item)}"
            )
    if len(words) == 1:
        return words[0]
    for word in words:
        if is_whole_template(word):
            raise validation_problem(
                "expression-syntax",
                f"`{word}` is a template in a list of conditions",
                EXPRESSION_RULE,
                "write the expression without braces",
            )
    return " and ".join(f"({word})" for word in words)
