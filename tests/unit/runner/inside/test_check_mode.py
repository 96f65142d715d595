"""Which variables a check does not know, by the results that tasks registered."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from worldtree.core.check_mode_rules import (
    LEFT_OUT_MARK,
    QUIETLY_LEFT_OUT_MARK,
    SKIPPED_BY_CHECK_MODE,
    can_change,
    is_left_out,
    is_unchecked,
)
from worldtree.runner.inside.ansible_patches import FULL_RESULT
from worldtree.runner.inside.check_mode import UNKNOWN_VALUE, mark_unchecked, unknown_names

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
        ({"skipped": True, "msg": "/x exists, matching creates option"}, False),
        ({"skipped": True, "msg": "skipped, since /x exists"}, False),
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
        ("ansible.builtin.command", ["false"], None, False),
        ("ansible.builtin.command", ["false", "x"], None, True),
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


class _Unified:
    """A result as callbacks of core 2.21 get it: its dictionary does not say `skipped`."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = {name: value for name, value in data.items() if name != "skipped"}
        self.skipped = data.get("skipped", False)
        self.loop_results = [_Unified(item) for item in data.get("results", ())] or None

    def as_result_dict(self, *, for_callback: bool) -> dict[str, Any]:
        assert for_callback
        return self._data


@pytest.mark.parametrize(
    ("whole", "marked"),
    [
        (NOT_IN_CHECK_MODE, True),
        ({"skipped": True}, True),
        ({"results": [{"changed": True}, NOT_IN_CHECK_MODE]}, True),
        ({"results": [BY_CONDITION, {"changed": True}], "msg": "All items completed"}, False),
        ({"results": [BY_CONDITION], "skipped": True, "msg": "All items skipped"}, False),
        (BY_CONDITION, False),
        (LEFT_OUT, False),
        ({"changed": True}, False),
    ],
)
@pytest.mark.parametrize("newer", [False, True])
def test_work_that_check_mode_left_out_is_marked(
    monkeypatch: pytest.MonkeyPatch, whole: dict[str, Any], marked: bool, newer: bool
) -> None:
    """Of what callbacks get from core 2.19 and 2.21; not for a task that only looks."""
    context = SimpleNamespace(CLIARGS={"check": True})
    monkeypatch.setitem(sys.modules, "ansible.context", context)

    def is_marked(action: str, changed_when: list[object]) -> bool:
        said: dict[str, Any] = {}
        seen = {"_CallbackTaskResult__utr": _Unified(whole)} if newer else {FULL_RESULT: whole}
        result = SimpleNamespace(_task=SimpleNamespace(changed_when=changed_when), **seen)
        mark_unchecked(said, result, action, None)
        return SKIPPED_BY_CHECK_MODE in said

    assert is_marked("ansible.builtin.command", []) is marked
    assert not is_marked("ansible.builtin.command", [False])
    assert not is_marked("ansible.builtin.stat", [])
    context.CLIARGS = {"check": False}
    assert not is_marked("ansible.builtin.command", [])


def test_marks_in_results() -> None:
    quiet = {"false_condition": f"{QUIETLY_LEFT_OUT_MARK}why"}
    assert (is_left_out(LEFT_OUT), is_unchecked(LEFT_OUT)) == (True, True)
    assert (is_left_out(quiet), is_unchecked(quiet)) == (True, False)
    skipped = {SKIPPED_BY_CHECK_MODE: True}
    assert (is_left_out(skipped), is_unchecked(skipped)) == (False, True)
    assert (is_left_out(BY_CONDITION), is_unchecked(BY_CONDITION)) == (False, False)
