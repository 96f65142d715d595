"""What Ansible is spared for results that nobody looks at."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.executor import task_result
from ansible.release import __version__

from worldtree.runner.inside import ansible_patches


@pytest.fixture(params=["as it is installed", "as it is reached into"])
def results(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ansible's module of results, and one with no more than what matters here."""
    module: Any = task_result
    if not _copies() or request.param == "as it is reached into":
        module = SimpleNamespace(_RawTaskResult=type("Raw", (_Raw,), {}))
        monkeypatch.setitem(sys.modules, "ansible.executor.task_result", module)
    raw = module._RawTaskResult
    monkeypatch.setattr(raw, "as_callback_task_result", raw.as_callback_task_result)
    return module


class _Raw:
    def __init__(self, host: Any, task: Any, data: dict[str, Any], task_fields: Any) -> None:
        self.host, self.task, self._return_data = host, task, data
        self.task_fields = task_fields

    def as_callback_task_result(self) -> Any:
        return SimpleNamespace(result=dict(self._return_data))


def _copies() -> bool:
    return hasattr(task_result, "_RawTaskResult")


def shown(results: Any, data: dict[str, Any]) -> dict[str, Any]:
    """Return what callbacks get of a result."""
    task = SimpleNamespace(action="command", no_log=False)
    raw = results._RawTaskResult(SimpleNamespace(name="h1"), task, data, {})
    found: dict[str, Any] = raw.as_callback_task_result().result
    return found


def output(length: int) -> dict[str, Any]:
    """Return a result with an output in both forms."""
    text = "x" * length
    return {"stdout": text, "stdout_lines": [text], "stderr_lines": ["y"], "changed": True}


def test_releases_that_copy_for_every_callback_are_known() -> None:
    """When this fails, look how the new release hands results to callbacks."""
    assert _copies() == __version__.startswith("2.19.")


def test_lines_of_a_large_output_are_not_copied_for_callbacks(results: Any) -> None:
    """The result itself keeps them, for the task that registered it."""
    ansible_patches.omit_line_lists_from_callbacks()
    data = output(100_000)
    assert shown(results, data) == {
        "stdout": "x" * 100_000,
        "stderr_lines": ["y"],
        "changed": True,
    }
    assert data["stdout_lines"] == ["x" * 100_000]


def test_smaller_results_are_shown_as_ever(results: Any) -> None:
    ansible_patches.omit_line_lists_from_callbacks()
    assert shown(results, output(100)) == output(100)


def test_being_spared_twice_is_being_spared_once(results: Any) -> None:
    ansible_patches.omit_line_lists_from_callbacks()
    once = results._RawTaskResult.as_callback_task_result
    ansible_patches.omit_line_lists_from_callbacks()
    assert results._RawTaskResult.as_callback_task_result is once


def test_a_release_without_those_copies_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "ansible.executor.task_result", empty)
    ansible_patches.omit_line_lists_from_callbacks()
    assert empty == SimpleNamespace()
