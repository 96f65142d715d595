"""Following a run from its journal alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.ansible.runner import journal
from worldtree.ansible.runner.protocol import Job
from worldtree.ansible.runner.run import RunnerRun
from worldtree.results.events import Event
from worldtree.results.run import RunOutcome

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
        ssh={},
    )
    run = RunnerRun(None, job, events.append, ends.append, launcher_log=directory / "no.log")
    run.wait(10)
    (end,) = ends
    return events, end


@pytest.mark.parametrize("line", ["[]", "17", '{"event":"runner_on_start"}', '{"n":"two"}'])
def test_run_whose_journal_makes_no_sense_comes_to_an_end(tmp_path: Path, line: str) -> None:
    (tmp_path / journal.NAME).write_text(f"{STARTED}{line}\n")
    events, end = followed(tmp_path)
    assert [event.node for event in events[:1]] == ["p/m/t/s"]
    assert end.state == "error"


def test_run_that_was_never_started_comes_to_an_end(tmp_path: Path) -> None:
    events, end = followed(tmp_path)
    assert events == []
    assert end.state == "error"
