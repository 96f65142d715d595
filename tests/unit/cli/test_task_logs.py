"""The log of a task as text: nothing that was kept of an Ansible task is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from unit.results.streams import (
    attempt_finished,
    attempt_started,
    play_begun,
    play_ended,
    task_done,
    task_started,
)
from worldtree.app.tasks.task_places import TaskPlaces
from worldtree.app.views.tasks import logs_view
from worldtree.cli.task_logs import filter_entries, write_entry
from worldtree.core.shown_results import ERROR_ORIGIN_KEY
from worldtree.results.events import Event, EventKind
from worldtree.results.fold import fold
from worldtree.results.rescued_failures import RescuedFailures

#: Places of a task without a bundle.
NOWHERE = TaskPlaces(Path("/nowhere"), {}, "shop")


def shown(capsys: pytest.CaptureFixture[str], status: str, message: str, **result: Any) -> str:
    entry = Event(
        kind=EventKind.HOST_TASK_FINISHED,
        time=0,
        node="p/m/t/s",
        host="a",
        name="Work",
        status=status,
        message=message,
        result=result,
    )
    write_entry(entry, RescuedFailures(), NOWHERE)
    return click.unstyle(capsys.readouterr().out)


def test_each_item_of_a_loop_has_its_message_and_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The messages of failed items are shown once, whole."""
    items = [
        {"_ansible_item_label": "one", "changed": True, "stdout": "out\nmore", "stderr": "err"},
        {"item": "two", "exception": "x", "msg": "gone\nSearched in:\n\t/a\n\t/b"},
        {"item": "three", "failed": True, "msg": "no JSON", "module_stderr": "killed"},
        {"item": {"name": "four"}, "skipped": True},
        {"item": "five", "failed": True, "censored": "hidden", "hidden_reason": "return code 1"},
    ]
    out = shown(
        capsys,
        "failed",
        "One or more items failed\nitem two: gone",
        msg="One or more items failed",
        results=[{**item, "ansible_loop_var": "item"} for item in items],
    )
    assert out.splitlines() == [
        "00:00:00 a failed m/t/s ▸ Work",
        "    One or more items failed",
        "    changed item one",
        "      | out",
        "      | more",
        "      ! err",
        "    failed item two",
        "      gone",
        "      Searched in:",
        "          /a",
        "          /b",
        "    failed item three",
        "      no JSON",
        "      ! killed",
        "    skipped item {'name': 'four'}",
        "    failed item five",
        "      return code 1",
    ]


def test_results_of_a_module_are_no_items(capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, "changed", "done", results=["Installed: x", {"name": "y"}])
    assert out.splitlines() == ["00:00:00 a changed m/t/s ▸ Work", "    done"]


def test_a_rescued_failure_is_called_so_and_is_not_among_the_failures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It stopped nothing, unlike one on a host that did not come to the end."""
    events = [
        task_started({"p/m/t/s": ["a", "b"]}),
        attempt_started("x", ["p/m/t/s"], ["a", "b"]),
        play_begun("x", "p/m/t/s", reports_end=True),
        *(task_done("x", "p/m/t/s", host, "failed") for host in ("a", "b")),
        task_done("x", "p/m/t/s", "a", name="Rescue"),
        play_ended("x", "p/m/t/s", a="end", b="failed"),
        attempt_finished("x"),
    ]
    logged = [event for event in events if event.kind is EventKind.HOST_TASK_FINISHED]
    rescued = RescuedFailures(events)
    found = list(filter_entries(fold(events), logged, None, None, failed=True, rescued=rescued))
    assert [entry.host for entry in found] == ["b"]
    assert [entry["rescued"] for entry in logs_view(logged, rescued, NOWHERE)["items"]] == [
        True,
        False,
        False,
    ]
    for entry in logged:
        write_entry(entry, rescued, NOWHERE)
    heads = click.unstyle(capsys.readouterr().out).splitlines()
    assert [line for line in heads if "rescued" in line] == [
        "00:00:02 a failed, rescued m/t/s ▸ Work"
    ]


def test_a_failure_says_where_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    entry = Event(
        kind=EventKind.HOST_TASK_FINISHED,
        time=0,
        node="p/m/t/s",
        host="a",
        name="Work",
        path="/c/tasks/main.yml:3",
        status="failed",
        message="gone",
        result={"exception": "(traceback unavailable)", ERROR_ORIGIN_KEY: "/c/t.j2:2", "rc": 1},
    )
    write_entry(entry, RescuedFailures(), NOWHERE)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "    at /c/t.j2:2, in the task at /c/tasks/main.yml:3",
        "    gone",
    ]
    (shown_entry,) = logs_view([entry], RescuedFailures(), NOWHERE)["items"]
    assert (shown_entry["place"], shown_entry["error_place"]) == (
        "/c/tasks/main.yml:3",
        "/c/t.j2:2",
    )
    assert shown_entry["result"] == {"rc": 1}
