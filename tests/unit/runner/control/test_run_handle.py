"""Following a run from its journal alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.results.events import Event
from worldtree.results.run import RunOutcome
from worldtree.runner.control.run_handle import RunnerRunHandle
from worldtree.runner.inside import journal
from worldtree.runner.process import process_table
from worldtree.runner.process.protocol import OUTCOME_FILE, SUPERVISOR_FILE, Job, create_atomically

STARTED = '{"n":1,"event":"playbook_on_play_start","created":1.0,"play":"p/m/t/s"}\n'


def followed(directory: Path) -> tuple[list[Event], RunOutcome]:
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
        ways={},
    )
    run = RunnerRunHandle(None, job, events.append, ends.append, launcher_log=directory / "no.log")
    run.wait(10)
    (end,) = ends
    return events, end


@pytest.mark.parametrize("line", ["[]", "17", '{"event":"runner_on_start"}', '{"n":"two"}'])
def test_run_whose_journal_makes_no_sense_comes_to_an_end(tmp_path: Path, line: str) -> None:
    (tmp_path / journal.JOURNAL_FILE).write_text(f"{STARTED}{line}\n")
    events, end = followed(tmp_path)
    assert [event.node for event in events[:1]] == ["p/m/t/s"]
    assert end.state == "error"


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


def test_an_outcome_of_a_newer_format_ends_the_run_as_an_error(tmp_path: Path) -> None:
    """The task goes on without it, and the message names what is not understood."""
    (tmp_path / journal.JOURNAL_FILE).write_text(STARTED)
    create_atomically(tmp_path / OUTCOME_FILE, {"state": "finished", "shiny": True})
    _, end = followed(tmp_path)
    assert end.state == "error"
    assert "unknown fields: `shiny`" in end.message
