"""A journal's lines become events; golden journals were recorded from both ansible-cores."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from worldtree.results.events import Event, EventKind
from worldtree.results.fold import fold
from worldtree.results.status import HostStatus
from worldtree.runner.control.translate import translate

GOLDEN = Path(__file__).parents[3] / "golden" / "runner"
STREAMS = sorted(GOLDEN.glob("stream-*.jsonl"))
FIRST, AFTER = "p/first/all/kinds", "p/first/all/after"


def translated(stream: Path) -> list[Event]:
    """Return our events of a recorded stream."""
    lines = [json.loads(line) for line in stream.read_text().splitlines()]
    found = [translate(fields, "x", number) for number, fields in enumerate(lines, 1)]
    return [event for event in found if event is not None]


@pytest.mark.parametrize("stream", STREAMS, ids=lambda path: path.stem)
def test_golden_stream(stream: Path) -> None:
    """Every event of the recording, field by field."""
    found = [event.model_dump(mode="json", exclude_defaults=True) for event in translated(stream)]
    text = "".join(json.dumps(event, sort_keys=True) + "\n" for event in found)
    golden = stream.with_name(stream.name.replace("stream", "events"))
    if os.environ.get("WORLDTREE_UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("stream", STREAMS, ids=lambda path: path.stem)
def test_both_cores_tell_the_same_story(stream: Path) -> None:
    """Whatever the core says differently, the results are the same."""
    hosts = ["h1", "h2", "dark"]
    nodes = [{"id": name, "hosts": hosts} for name in (FIRST, AFTER)]
    task = {"task_id": "t", "cluster": "c", "pipeline": "p", "nodes": nodes}
    run = {"nodes": [FIRST, AFTER], "hosts": hosts}
    events = [
        Event(kind=EventKind.TASK_STARTED, time=0, result=task),
        Event(kind=EventKind.ATTEMPT_STARTED, time=0, attempt="x", result=run),
        *translated(stream),
        Event(
            kind=EventKind.ATTEMPT_FINISHED,
            time=0,
            attempt="x",
            status="finished",
            result={"complete": True},
        ),
    ]
    first, after = fold(events).nodes
    assert {h: r.status for h, r in first.hosts.items()} == {
        "h1": HostStatus.FAILED,
        "h2": HostStatus.CHANGED,
        "dark": HostStatus.UNREACHABLE,
    }
    assert {h: r.status for h, r in after.hosts.items()} == {
        "h1": HostStatus.NOT_RUN,
        "h2": HostStatus.CHANGED,
        "dark": HostStatus.NOT_RUN,
    }
    tasks = {task.name: task for task in first.hosts["h1"].tasks}
    assert first.hosts["h1"].message == "Warn: the end\nof it"
    assert (tasks["Break"].ignored, tasks["Warn"].ignored) == (True, False)
    assert (tasks["Break"].stdout, tasks["Break"].stderr) == ("said", "moaned")
    assert (tasks["Loop"].status, tasks["Loop"].ignored) == ("failed", True)
    assert "item bad: " in (tasks["Loop"].message or "")
    assert "item good: " not in (tasks["Loop"].message or "")
    assert (tasks["Delegate"].delegated_to, tasks["Retry"].status) == ("localhost", "failed")
    assert (tasks["Hide"].status, tasks["Hide"].stdout) == ("changed", None)
    assert tasks["Wait for it elsewhere"].status == "changed"
    assert first.hosts["h2"].message is None


def one(event: str, **fields: Any) -> Event:
    """Translate a line that must not be dropped."""
    found = translate({"event": event, "created": 5.5, **fields}, "x", 7)
    assert found is not None
    assert (found.attempt, found.line, found.time) == ("x", 7, 5.5)
    return found


def test_what_says_nothing_is_dropped() -> None:
    assert translate({"event": "never-heard-of", "created": 1.0}, "x", 1) is None


def test_huge_result_stays_whole() -> None:
    text = "x" * 3_000_000
    found = one("runner_on_ok", play="n", task="t", host="h", res={"stdout": text, "big": text})
    assert (found.stdout, found.result["big"]) == (text, text)


def test_streams_are_taken_out_of_the_result_once() -> None:
    result = {"stdout": "a\nb", "stdout_lines": ["a", "b"], "stderr": "", "stderr_lines": []}
    found = one("runner_on_ok", res={**result, "rc": 0})
    assert (found.stdout, found.stderr, found.result) == ("a\nb", "", {"rc": 0})


def test_hidden_result_of_a_changed_host_stays_changed() -> None:
    """no_log hides everything but whether something changed."""
    hidden = {"censored": "the output has been hidden"}
    assert one("runner_on_ok", res={**hidden, "changed": True}).status == "changed"
    assert one("runner_on_ok", res={**hidden, "changed": False}).status == "ok"
    assert one("runner_on_ok", delegate_to="lb1", res=hidden).delegated_to == "lb1"


def test_hidden_failure_says_what_is_no_secret_and_how_to_see_the_rest() -> None:
    hidden = {"censored": "the output has been hidden"}
    known = {**hidden, "hidden_reason": "return code 3"}
    how = "`noLog: false` on the step shows it, redacted"
    found = one("runner_on_failed", res=dict(known))
    assert found.message == f"return code 3 (the rest is hidden; {how})"
    assert found.result == hidden
    assert one("runner_on_failed", res=dict(hidden)).message == f"the output is hidden; {how}"
    in_role = one("runner_on_failed", role="r", res=dict(hidden)).message
    assert in_role == f"the output is hidden; {how}, unless the role itself hides it"
    skipped = {**hidden, "hidden_reason": "its condition does not hold"}
    assert one("runner_on_skipped", res=skipped).message == "its condition does not hold"


def test_hidden_failure_that_is_shown_whole_says_no_more() -> None:
    """What publishes secrets hides their values always."""
    hidden = {"censored": "the output has been hidden", "hidden_reason": "`n` must be of type int"}
    publish = "worldtree.core.publish"
    assert (
        one("runner_on_failed", action=publish, res=dict(hidden)).message
        == "`n` must be of type int"
    )
    assert one("runner_on_unreachable", res=dict(hidden)).message == "`n` must be of type int"


def test_message_that_is_no_text_stays_in_the_result() -> None:
    found = one("runner_on_ok", res={"msg": {"a": 1}})
    assert (found.message, found.result) == (None, {"msg": {"a": 1}})


@pytest.mark.parametrize(
    ("kind", "level"),
    [("verbose", "info"), ("warning", "warning"), ("deprecated", "warning"), ("error", "error")],
)
def test_messages_of_ansible_itself(kind: str, level: str) -> None:
    found = one(kind, text="[WARNING]: careful")
    assert (found.kind, found.status) == (EventKind.RUN_MESSAGE, level)
    assert found.message == "[WARNING]: careful"


def test_times_are_those_of_the_task_on_the_host() -> None:
    found = one("runner_on_ok", start=4.0, end=5.25)
    assert (found.started, found.ended) == (4.0, 5.25)


def test_given_up_and_empty_plays() -> None:
    assert one("playbook_on_no_hosts_remaining", play="n").kind is EventKind.PLAY_ABORTED
    assert one("playbook_on_no_hosts_matched", play="n").kind is EventKind.PLAY_EMPTY


def test_what_a_module_without_a_result_printed_is_its_output() -> None:
    """Ansible has it under other names, for example when the interpreter does not start."""
    result = {"module_stdout": "", "module_stderr": "sh: python9: command not found\n", "rc": 127}
    found = one("runner_on_failed", res=result)
    assert (found.stdout, found.stderr) == ("", "sh: python9: command not found\n")
    assert found.result == {"rc": 127}


def test_a_streams_own_name_wins_over_that_of_the_module() -> None:
    found = one("runner_on_failed", res={"stderr": "a", "module_stderr": "b"})
    assert (found.stderr, found.result) == ("a", {})


def test_what_modules_within_gather_facts_said_is_kept() -> None:
    """Ansible has their results, with what the interpreter printed, apart from its own message."""
    whole = "The following modules failed to execute: ansible.legacy.setup."
    module = {"msg": "No result", "module_stdout": "", "module_stderr": "broken\n", "rc": 1}
    res = {"msg": whole, "failed_modules": {"ansible.legacy.setup": module}}
    found = one("runner_on_failed", res=res)
    assert found.message == f"{whole}\nansible.legacy.setup: No result"
    assert (found.stdout, found.stderr) == (None, "broken\n")


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (
            {
                "msg": "One or more items failed",
                "results": [
                    {"item": "a"},
                    {"item": "b", "failed": True, "msg": "no b"},
                    {"item": "c", "exception": "", "msg": "no c"},
                ],
            },
            "item b: no b\nitem c: no c",
        ),
        (
            {"msg": "All items completed", "reason": "no x.yml", "results": [{"item": "x.yml"}]},
            "no x.yml",
        ),
        ({"reason": "no x.yml"}, "no x.yml"),
    ],
)
def test_a_failed_loop_says_why_its_first_failed_item_failed(
    result: dict[str, Any], message: str
) -> None:
    """Tables show the first line; what Ansible says of all items together is no reason."""
    found = one("runner_on_failed", play="n", task="t", host="h", res=result)
    assert found.message == message


def test_the_reason_of_include_vars_is_its_message() -> None:
    """It returns the reason, with the searched paths, under a key of its own."""
    found = one(
        "runner_on_failed",
        res={"msg": "Action failed: Unknown error.", "message": "no x.yml\nSearched in:\n\t/a"},
    )
    assert found.message == "no x.yml\nSearched in:\n\t/a\nAction failed: Unknown error."
    assert one("runner_on_ok", res={"msg": "done", "message": "x"}).message == "done"
