"""What the callback within ansible-playbook writes down of a result."""

from __future__ import annotations

import json
import os
import signal
import sys
from errno import ENOSPC
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from worldtree.runner.inside.journal import JournalWriter
from worldtree.runner.inside.plugins.callback.worldtree_journal import CallbackModule


def journalled(path: Path, monkeypatch: pytest.MonkeyPatch, result: dict[str, Any]) -> Any:
    """Return the result as the journal has it."""
    monkeypatch.setenv("WORLDTREE_JOURNAL", str(path))
    task = SimpleNamespace(name="Say", action="command", get_path=lambda: "site.yml:1")
    host = SimpleNamespace(get_name=lambda: "h1")
    CallbackModule().v2_runner_on_ok(SimpleNamespace(_host=host, _task=task, _result=result))
    return json.loads(path.read_text(encoding="utf-8"))["res"]


def test_output_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible keeps its lines besides, which is most of the work for a large one."""
    said = {"rc": 0, "stdout": "a\nb", "stdout_lines": ["a", "b"], "stderr": "", "stderr_lines": []}
    found = journalled(tmp_path / "j", monkeypatch, said)
    assert found == {"rc": 0, "stdout": "a\nb", "stderr": ""}


def test_lines_that_repeat_nothing_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"stdout": ["a"], "stdout_lines": [["a"]], "stderr_lines": ["x"]}
    assert journalled(tmp_path / "j", monkeypatch, said) == said


def test_how_the_action_was_called_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"changed": True, "invocation": {"module_args": {}}, "_ansible_no_log": False}
    assert journalled(tmp_path / "j", monkeypatch, said) == {"changed": True}


@pytest.mark.parametrize("ignore", [True, False])
def test_an_unreachable_host_that_the_task_ignores_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ignore: bool
) -> None:
    """As a failure is that `ignore_errors` ignores: it is not shown as one."""
    monkeypatch.setenv("WORLDTREE_JOURNAL", str(tmp_path / "j"))
    task = SimpleNamespace(
        name="Say", action="ping", get_path=lambda: "site.yml:1", ignore_unreachable=ignore
    )
    result = SimpleNamespace(
        _host=SimpleNamespace(get_name=lambda: "h1"), _task=task, _result={"unreachable": True}
    )
    CallbackModule().v2_runner_on_unreachable(result)
    line = json.loads((tmp_path / "j").read_text(encoding="utf-8"))
    assert (line["event"], bool(line.get("ignored"))) == ("runner_on_unreachable", ignore)


def test_ansible_runner_is_not_handed_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would write each to a file and measure it, for a supervisor that does not look at it."""
    seen: dict[str, Any] = {}
    context = SimpleNamespace(add_local=seen.update)
    awx = SimpleNamespace(event_context=context)
    monkeypatch.setitem(sys.modules, "ansible.plugins.callback.awx_display", awx)
    journalled(tmp_path / "j", monkeypatch, {})
    context.add_local(event="runner_on_ok", host="h1", res={"stdout": "a"})
    assert seen == {"event": "runner_on_ok", "host": "h1"}


@pytest.mark.parametrize(
    ("disposition", "number"),
    [(signal.default_int_handler, signal.SIGINT), (signal.SIG_IGN, signal.SIGTERM)],
)
def test_a_run_whose_journal_cannot_be_written_ends(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    disposition: Any,
    number: signal.Signals,
) -> None:
    """By a signal that this process heeds."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *call: sent.append(call))

    def fill(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(JournalWriter, "append", fill)
    (tmp_path / "j").write_text('{"res": {}}')
    before = signal.signal(signal.SIGINT, disposition)
    try:
        journalled(tmp_path / "j", monkeypatch, {})
    finally:
        signal.signal(signal.SIGINT, before)
    assert sent == [(os.getpid(), number)]
