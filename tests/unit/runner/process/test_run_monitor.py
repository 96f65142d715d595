"""What the supervisor knows of the stream."""

from __future__ import annotations

from typing import Any

import pytest

from worldtree.runner.process.run_monitor import RunMonitor

PLAY = {"event": "playbook_on_play_start"}
STATS = {"event": "playbook_on_stats", "event_data": {"failures": {}, "dark": {}}}


def of(kind: str, host: str) -> dict[str, Any]:
    """Return an event of a host."""
    return {"event": kind, "event_data": {"host": host}}


def watched(*events: dict[str, Any]) -> RunMonitor:
    """Return a watch that saw ``events``."""
    watch = RunMonitor("/b")
    for event in events:
        watch.add(event)
    return watch


def test_statistics_make_a_run_finished() -> None:
    end = watched(PLAY, STATS).end(None, 0, "")
    assert (end["state"], end["rc"], end["complete"], end["message"]) == ("finished", 0, True, "")


def test_lost_exit_code_is_read_from_the_statistics() -> None:
    """ansible-runner overwrites it when a cancel came just too late."""
    dark = {"event": "playbook_on_stats", "event_data": {"dark": {"h": 1}, "failures": {"g": 1}}}
    failed = {"event": "playbook_on_stats", "event_data": {"failures": {"h": 1}}}
    assert [watched(s).end(None, None, "")["rc"] for s in (STATS, failed, dark)] == [0, 2, 4]


def test_ended_by_us_says_why_and_who_was_in_mid_task() -> None:
    watch = watched(PLAY, of("runner_on_start", "h1"), of("runner_on_start", "h2"))
    watch.add(of("runner_on_ok", "h1"))
    watch.cut_off()
    watch.add(of("runner_on_failed", "h2"))
    end = watch.end("cancelled", None, "")
    assert (end["state"], end["message"]) == ("cancelled", "cancelled")
    assert end["interrupted_hosts"] == ["h2"]
    assert watch.end("timeout", None, "")["state"] == "timeout"


def test_no_play_is_reported_in_ansibles_own_words() -> None:
    text = "\x1b[0;31m[ERROR]: no such role\x1b[0m\r\nOrigin: /else/x.yml"
    said = {"event": "verbose", "stdout": text}
    end = watched(said).end(None, 1, "")
    assert end["state"] == "error"
    assert end["message"] == (
        "ansible-playbook ended before any task began (exit code 1): no such role\n"
        "[ERROR]: no such role\nOrigin: /else/x.yml"
    )


def test_the_error_that_ended_a_run_is_in_the_first_line() -> None:
    """Tables show only that line; what else Ansible said comes below it."""
    error = {"event": "error", "stdout": "[ERROR]: The requested handler 'x' was not found"}
    what = "ansible-playbook ended in the middle of the run (exit code 1)"
    cause = f"{what}: The requested handler 'x' was not found"
    began = of("runner_on_start", "h1")
    assert watched(PLAY, began, error).end(None, 1, "")["message"] == cause
    said = {"event": "verbose", "stdout": "[WARNING]: old\nERROR! The last one\nmore"}
    message = watched(PLAY, began, error, said).end(None, 1, "")["message"]
    assert message.splitlines() == [
        f"{what}: The last one",
        "[ERROR]: The requested handler 'x' was not found",
        "[WARNING]: old",
        "ERROR! The last one",
        "more",
    ]


def test_stream_that_breaks_off_is_an_error_and_names_hosts() -> None:
    end = watched(PLAY, of("runner_on_start", "h1")).end(None, -9, "TIMEOUT: pty")
    assert (end["state"], end["interrupted_hosts"]) == ("error", ["h1"])
    assert "in the middle of the run" in end["message"]
    assert "TIMEOUT: pty" in end["message"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("roles/shop/tasks/main.yml", "`tasks/main.yml` of the role `shop`"),
        ("plays/p.m.t.n.yml", "`plays/p.m.t.n.yml`"),
        ("plays/group_vars/all/w.yml", "`group_vars/all/w.yml`"),
    ],
)
def test_a_file_that_ansible_rejects_is_named_first(file: str, words: str) -> None:
    """It may be that of any node of the run, not only of the first.

    Ansible reads files of variables when the play has begun, and no task yet.
    """
    warning = {"event": "verbose", "stdout": "[WARNING]: old\nOrigin: /b/plays/old.yml:1:1"}
    error = {"event": "verbose", "stdout": "[ERROR]: no place"}
    message = watched(PLAY, warning, error).end(None, 4, "")["message"]
    assert message.startswith("ansible-playbook ended before any task began (exit code 4): no pl")
    text = f"[ERROR]: conflicting action statements\r\nOrigin: /b/{file}:1:3\r\n\r\n1 - name: x"
    end = watched(PLAY, {"event": "verbose", "stdout": text}).end(None, 4, "")
    assert end["message"].splitlines() == [
        f"the run could not start: Ansible rejected {words}",
        "[ERROR]: conflicting action statements",
        f"Origin: {file}:1:3",
        "",
        "1 - name: x",
    ]
