"""Following a run from its journal alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.results.streams import attempt_finished, attempt_started, task_started
from worldtree.results.events import Event, EventKind
from worldtree.results.fold import fold
from worldtree.results.run import RunOutcome
from worldtree.runner.control.run_handle import RunnerRunHandle, full_disk_text, inspect_run
from worldtree.runner.inside import journal
from worldtree.runner.process import process_table
from worldtree.runner.process.protocol import SUPERVISOR_FILE, Job, create_atomically

STARTED = '{"n":1,"event":"playbook_on_play_start","created":1.0,"play":"p/m/t/s"}\n'


def followed(
    directory: Path, on_event: Callable[[Event], None] = lambda _event: None
) -> tuple[list[Event], RunOutcome]:
    events: list[Event] = []
    ends: list[RunOutcome] = []
    job = Job(
        attempt="a",
        directory=str(directory),
        bundle="",
        playbook="",
        limit_file="",
        environment={},
        secret_environment={},
        arguments=(),
        timeout=None,
        hosts=("h1",),
        host_access={},
    )

    def listen(event: Event) -> None:
        on_event(event)
        events.append(event)

    run = RunnerRunHandle(None, job, listen, ends.append, launcher_log=directory / "no.log")
    run.wait(60)
    (end,) = ends
    return events, end


@pytest.mark.parametrize("line", ["[]", "17", '{"event":"runner_on_start"}', '{"n":"two"}'])
def test_run_whose_journal_makes_no_sense_comes_to_an_end(tmp_path: Path, line: str) -> None:
    (tmp_path / journal.JOURNAL_FILE).write_text(f"{STARTED}{line}\n")
    events, end = followed(tmp_path)
    assert [event.node for event in events[:1]] == ["p/m/t/s"]
    assert end.state == "error"


def test_run_whose_listener_raises_comes_to_an_end(tmp_path: Path) -> None:
    """As an executor around it would at an event that it does not understand."""

    def fail(_event: Event) -> None:
        raise KeyError("handlers")

    (tmp_path / journal.JOURNAL_FILE).write_text(STARTED)
    events, end = followed(tmp_path, fail)
    assert events == []
    assert end.state == "error"
    assert "KeyError: 'handlers'" in end.message


def test_run_that_was_never_started_comes_to_an_end(tmp_path: Path) -> None:
    events, end = followed(tmp_path)
    assert events == []
    assert end.state == "error"


@pytest.mark.parametrize("boot", ["another", None])
def test_of_a_run_that_went_down_with_the_machine_nothing_is_certain(
    tmp_path: Path, boot: str | None
) -> None:
    """Its journal may have lost its end; that of a run whose processes died has not."""
    (tmp_path / journal.JOURNAL_FILE).write_text(STARTED)
    identity = {"pid": 2**22 + 1, "started": 1, "boot": boot or process_table.boot_id()}
    create_atomically(tmp_path / SUPERVISOR_FILE, identity)
    _, end = followed(tmp_path)
    assert (end.state, end.unknown) == ("error", boot is not None)
    assert end.interrupted_hosts == (("h1",) if boot else ())


def test_a_whole_journal_is_certain_whatever_went_down(tmp_path: Path) -> None:
    closing = '{"n":2,"event":"playbook_on_stats","created":2.0,"play":null,"stats":{}}\n'
    (tmp_path / journal.JOURNAL_FILE).write_text(STARTED + closing)
    create_atomically(
        tmp_path / SUPERVISOR_FILE, {"pid": 2**22 + 1, "started": 1, "boot": "another"}
    )
    _, end = followed(tmp_path)
    assert (end.state, end.unknown) == ("finished", False)


OLD = Path(__file__).parents[1] / "samples" / "v1"


def old_run(directory: Path, **changes: Any) -> Path:
    """Copy a run that version 1 of all files describes; ``changes`` are put into its end.json."""
    shutil.copytree(OLD, directory)
    end = json.loads((directory / "end.json").read_text())
    (directory / "end.json").write_text(json.dumps({**end, **changes}))
    return directory


def test_a_run_of_the_version_before_is_read(tmp_path: Path) -> None:
    directory = old_run(tmp_path / "run")
    events, end = followed(directory)
    assert (end.state, end.rc, end.complete) == ("finished", 2, True)
    assert {event.host: event.status for event in events if event.name == "Run test"} == {
        "h1": "ok",
        "h2": "failed",
    }
    looked, outcome = inspect_run(directory, "a", ("h1", "h2"), 0)
    assert outcome == end
    # Published outputs have no line of their own; this run has none.
    assert looked == events


def test_a_journal_without_the_ends_of_plays_is_read(tmp_path: Path) -> None:
    """Version 2; what its hosts did follows from the events of their tasks."""
    shutil.copytree(OLD.parent / "v2", tmp_path / "run")
    events, end = followed(tmp_path / "run")
    assert (end.state, end.complete) == ("finished", True)
    (play,) = (event for event in events if event.kind is EventKind.PLAY_STARTED)
    assert play.result == {}
    node = play.node or ""
    begin = [task_started({node: ("a", "b")}), attempt_started("a", [node], ("a", "b"))]
    hosts = fold([*begin, *events, attempt_finished("a")]).nodes[0].hosts
    assert {name: host.status for name, host in hosts.items()} == {"a": "changed", "b": "changed"}


def test_a_run_that_the_version_before_was_cut_off_in_is_read(tmp_path: Path) -> None:
    directory = old_run(tmp_path / "run")
    (directory / "end.json").unlink()
    lines = (directory / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (directory / "journal.jsonl").write_bytes(b"".join(lines[:22]))
    _, end = followed(directory)
    assert end.state == "error"
    assert "ended unexpectedly" in end.message


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"colour": "red"}, "does not have the fields of its version"),
        ({"version": 99}, "has version 99, and this program reads up to version 2"),
    ],
)
def test_an_outcome_that_cannot_be_read_ends_the_run_with_the_reason(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    directory = old_run(tmp_path / "run", **changes)
    _, end = followed(directory)
    assert end.state == "error"
    assert why in end.message
    assert inspect_run(directory, "a", ("h1", "h2"), 0)[1] == end


def test_an_outcome_without_a_field_ends_the_run_with_the_reason(tmp_path: Path) -> None:
    directory = old_run(tmp_path / "run")
    (directory / "end.json").write_text('{"version": 2, "state": "finished"}')
    _, end = followed(directory)
    assert "does not have the fields of its version" in end.message


def test_a_journal_of_a_newer_version_ends_the_run_with_the_reason(tmp_path: Path) -> None:
    newer = journal.JOURNAL_VERSION + 1
    (tmp_path / journal.JOURNAL_FILE).write_text(f'{{"journal_version":{newer}}}\n' + STARTED)
    events, end = followed(tmp_path)
    assert events == []
    why = f"has version {newer}, and this program reads up to version {journal.JOURNAL_VERSION}"
    assert why in end.message


def test_the_header_of_a_journal_is_no_event(tmp_path: Path) -> None:
    journal.JournalWriter(tmp_path / journal.JOURNAL_FILE).append_header()
    with (tmp_path / journal.JOURNAL_FILE).open("a") as file:
        file.write(STARTED)
    events, _ = followed(tmp_path)
    assert [event.line for event in events] == [2]


def test_a_run_that_ended_on_a_full_disk_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither it nor its supervisor could write why."""
    assert full_disk_text(tmp_path) == ""
    space = shutil.disk_usage(tmp_path)._replace(free=4096)
    monkeypatch.setattr(shutil, "disk_usage", lambda _directory: space)
    assert full_disk_text(tmp_path).endswith("is full: free some space and continue the task")
