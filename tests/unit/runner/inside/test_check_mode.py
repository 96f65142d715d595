"""Which variables a check does not know, by the results that tasks registered."""

from __future__ import annotations

from typing import Any

import pytest

from worldtree.core.check_mode_rules import (
    LEFT_OUT_MARK,
    QUIETLY_LEFT_OUT_MARK,
    can_change,
    is_left_out,
    is_unchecked,
)
from worldtree.runner.inside.check_mode import UNKNOWN_VALUE, unknown_names

NOT_IN_CHECK_MODE = {"skipped": True, "msg": "Command would have run if not in check mode"}
BY_CONDITION = {"skipped": True, "false_condition": "x", "skip_reason": "Conditional …"}
LEFT_OUT = {"skipped": True, "false_condition": f"{LEFT_OUT_MARK}why"}


@pytest.mark.parametrize(
    ("value", "unknown"),
    [
        (NOT_IN_CHECK_MODE, True),
        (LEFT_OUT, True),
        (dict(UNKNOWN_VALUE), True),
        ({"results": [NOT_IN_CHECK_MODE], "skipped": True}, True),
        ({"results": [{"rc": 0}, NOT_IN_CHECK_MODE]}, True),
        ({"results": [BY_CONDITION], "skipped": True}, False),
        ({"results": [], "skipped": True, "skipped_reason": "No items in the list"}, False),
        (BY_CONDITION, False),
        ({"rc": 0, "stdout": "x"}, False),
        ({"skipped": "a text of the team"}, False),
        ("skipped", False),
    ],
)
def test_a_result_that_check_mode_did_not_produce_is_unknown(value: Any, unknown: bool) -> None:
    """A condition that does not hold, or an empty loop, leaves the task out of a real run, too."""
    assert unknown_names({"name": value, "other": 1}) == ({"name"} if unknown else set())


@pytest.mark.parametrize(
    ("action", "changed_when", "where", "changes"),
    [
        ("ansible.builtin.command", [], None, True),
        ("command", None, None, True),
        ("ansible.legacy.copy", [], "h2", True),
        ("ansible.builtin.command", [False], None, False),
        ("ansible.builtin.get_url", [], "localhost", False),
        ("stat", [], None, False),
        ("acme.net.host_info", [], None, False),
        ("acme.net.host", [], None, True),
    ],
)
def test_what_a_task_can_change(
    action: str, changed_when: object, where: str | None, changes: bool
) -> None:
    assert can_change(action, changed_when, where) is changes


def test_marks_in_results() -> None:
    quiet = {"false_condition": f"{QUIETLY_LEFT_OUT_MARK}why"}
    assert (is_left_out(LEFT_OUT), is_unchecked(LEFT_OUT)) == (True, True)
    assert (is_left_out(quiet), is_unchecked(quiet)) == (True, False)
    assert (is_left_out(BY_CONDITION), is_unchecked(BY_CONDITION)) == (False, False)
