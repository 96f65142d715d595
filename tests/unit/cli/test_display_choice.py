"""Where events and progress go, and what happens where they cannot be written."""

from __future__ import annotations

import errno
import os
import sys

import click
import pytest

from worldtree.cli.progress import display_choice
from worldtree.cli.progress.display_choice import choose_progress
from worldtree.results.events import Event, EventKind

STARTED = Event(kind=EventKind.TASK_STARTED, time=1767225600.0, result={"nodes": []})


def test_a_pipe_gets_plain_lines_and_events_go_to_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither is a terminal here."""
    choose_progress(None).add(STARTED)
    shown = choose_progress("jsonl")
    shown.add(STARTED)
    captured = capsys.readouterr()
    assert captured.err == ""
    assert Event.model_validate_json(captured.out).kind is EventKind.TASK_STARTED


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EPIPE, ""),
        (errno.ENOSPC, "no more events are written, but the task continues: No space left"),
    ],
)
def test_events_that_cannot_be_written_end_no_task(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int, said: str
) -> None:
    """Neither a reader that has exited, such as `head`, nor a full disk."""
    calls = []

    def echo(words: str, *, err: bool = False) -> None:
        if err:
            print(words, file=sys.stderr)
        else:
            calls.append(words)
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(click, "echo", echo)
    monkeypatch.setattr(display_choice, "discard_stdout", lambda: None)
    progress = choose_progress("jsonl")
    progress.add(STARTED)
    progress.add(STARTED)
    progress.close()
    assert len(calls) == 1
    assert capsys.readouterr().err.startswith(said)
