"""A module whose source begins with a call of ``before_module`` saves the state before it runs."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic

from unit.collection.conftest import Run

Begin = Callable[..., tuple[str, Any]]


@pytest.fixture
def begin(plugins: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Return a function that makes the call with a module's parameters.

    It returns what was printed, and the parameters that are left for the module, or its exit code.
    """

    def call(args: dict[str, Any], generation: str = "task-1") -> tuple[str, Any]:
        monkeypatch.setenv("WORLDTREE_ATTEMPT", f"{generation}.000001")
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy")
        given = json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode()
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", given)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            try:
                plugins("module_utils.before_module").run()
            except SystemExit as end:
                return out.getvalue(), end.code
        return out.getvalue(), json.loads(basic._ANSIBLE_ARGS)["ANSIBLE_MODULE_ARGS"]

    return call


def _wanted(tmp_path: Path, **more: Any) -> dict[str, Any]:
    return {
        "id": "demo/app/main/step",
        "files": [str(tmp_path / "file")],
        "state_dir": str(tmp_path / "state"),
        **more,
    }


def test_the_module_gets_its_own_parameters(begin: Begin, run: Run, tmp_path: Path) -> None:
    own = {"path": "/é\u2028", "big": 2**70, "_ansible_check_mode": False, "_ansible_diff": True}
    printed, left = begin({**own, "_worldtree_before": _wanted(tmp_path)})
    assert (printed, left) == ("", own)
    (tmp_path / "file").write_text("made")
    assert run("restore", task="task-1")["changed"]
    assert not (tmp_path / "file").exists()


def test_a_second_call_of_a_task_replaces_nothing(begin: Begin, run: Run, tmp_path: Path) -> None:
    """A module that is tried again, or cut off after it began, finds the first state kept."""
    (tmp_path / "file").write_text("old")
    for text in ("half", "whole"):
        begin({"_worldtree_before": _wanted(tmp_path)})
        (tmp_path / "file").write_text(text)
    run("restore", task="task-1")
    assert (tmp_path / "file").read_text() == "old"


def test_check_mode_saves_nothing(begin: Begin, tmp_path: Path) -> None:
    own = {"_ansible_check_mode": True}
    assert begin({**own, "_worldtree_before": _wanted(tmp_path)}) == ("", own)
    assert not (tmp_path / "state").exists()


def test_the_module_does_not_run_where_the_state_cannot_be_saved(
    begin: Begin, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    wanted = _wanted(tmp_path, state_dir=f"{tmp_path}/file")
    printed, code = begin({"path": "/x", "_worldtree_before": wanted})
    assert code == 1
    assert json.loads(printed)["failed"]
    assert "the state cannot be saved in" in json.loads(printed)["msg"]


def test_wrong_parameters_end_the_module(begin: Begin, tmp_path: Path) -> None:
    printed, code = begin({"_worldtree_before": _wanted(tmp_path, file="/x")})
    assert code == 1
    assert "Unsupported parameters" in json.loads(printed)["msg"]


def test_without_that_parameter_nothing_happens(
    begin: Begin, plugins: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert begin({"path": "/x"}) == ("", {"path": "/x"})
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", None)
    plugins("module_utils.before_module").run()
    assert basic._ANSIBLE_ARGS is None
