"""What is shown of results that ``no_log`` hides."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from worldtree.core.journal_events import HIDDEN_REASON
from worldtree.runner.inside import ansible_patches, censored_results

HIDDEN = {"censored": "the output has been hidden"}


class _Raw:
    """A result as core 2.19 has it before it is copied for callbacks."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._return_data = data

    def as_callback_task_result(self) -> Any:
        return SimpleNamespace()


class _Unified:
    """The same of core 2.21."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        items = data.get("results")
        self.loop_results = [_Unified(item) for item in items] if items else None

    def as_result_dict(self, *, for_callback: bool) -> dict[str, Any]:
        assert for_callback
        return self._data


@pytest.fixture(params=["2.19", "2.21"])
def core(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function from the whole of a result to what callbacks get."""
    if request.param == "2.21":
        return lambda data: SimpleNamespace(_CallbackTaskResult__utr=_Unified(data))
    raw = type("Raw", (_Raw,), {})
    module = SimpleNamespace(_RawTaskResult=raw)
    monkeypatch.setitem(sys.modules, "ansible.executor.task_result", module)
    ansible_patches.attach_full_results()
    ansible_patches.attach_full_results()
    return lambda data: raw(data).as_callback_task_result()


def told(core: Any, whole: dict[str, Any], outcome: str, action: str = "command") -> Any:
    """Return what is shown of a hidden result."""
    said: dict[str, Any] = dict(HIDDEN)
    censored_results.add_reasons(said, core(whole), f"runner_on_{outcome}", action)
    return said.get(HIDDEN_REASON)


@pytest.mark.parametrize(
    ("whole", "reason"),
    [
        ({"msg": "canary", "rc": 3}, "return code 3"),
        ({"msg": "canary"}, None),
        ({"msg": "canary", "rc": True, "stderr": "canary"}, None),
        ({"msg": "canary", "assertion": "x == 'y'"}, "does not hold: x == 'y'"),
    ],
)
def test_only_what_is_no_secret_is_reported(core: Any, whole: dict[str, Any], reason: str) -> None:
    assert told(core, whole, "failed") == reason
    assert told(core, whole, "ok") is None


def test_what_did_not_run_is_reported_as_that(core: Any) -> None:
    skipped = {"skip_reason": "x", "false_condition": "a == 'b'"}
    assert told(core, skipped, "skipped") == "its condition does not hold"
    assert told(core, {"msg": "canary"}, "skipped") is None
    lost = {"msg": "Failed to connect: refused\ndebug1: canary"}
    assert told(core, lost, "unreachable") == "Failed to connect: refused"


def test_what_publishing_says_is_made_to_be_shown(core: Any) -> None:
    whole = {"msg": "`n` must be of type int, and is not"}
    assert told(core, whole, "failed", "worldtree.core.publish") == whole["msg"]


def test_items_have_reasons_of_their_own(core: Any) -> None:
    items = [{"failed": True, "rc": 3, "msg": "canary"}, {"rc": 0}]
    said = {**HIDDEN, "results": [dict(HIDDEN), dict(HIDDEN)]}
    censored_results.add_reasons(said, core({"results": items}), "runner_on_failed", "x")
    assert said == {
        **HIDDEN,
        "results": [{**HIDDEN, HIDDEN_REASON: "return code 3"}, HIDDEN],
    }


def test_nothing_is_added_to_what_is_shown_nor_where_nothing_can_be_seen(core: Any) -> None:
    said = {"msg": "x"}
    censored_results.add_reasons(said, core({"rc": 1}), "runner_on_failed", "x")
    assert said == {"msg": "x"}
    hidden: dict[str, Any] = dict(HIDDEN)
    censored_results.add_reasons(hidden, SimpleNamespace(), "runner_on_failed", "x")
    assert hidden == HIDDEN
