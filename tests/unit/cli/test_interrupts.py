"""What Ctrl-C does while work goes on, and while something is asked."""

from __future__ import annotations

import os
import signal

import pytest

from worldtree.cli.interrupts import Interrupts, cancelling


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def interrupts(told: list[str]) -> Interrupts:
    return Interrupts(lambda: told.append("end"), told.append)


def test_the_first_asks_for_the_end_and_others_are_answered(told: list[str]) -> None:
    with cancelling(lambda: told.append("end"), told.append):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
    assert told == [
        "SIGINT: ending the task, on its hosts too",
        "end",
        "SIGTERM: already ending the task",
        "end",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_question_is_broken_off(
    interrupts: Interrupts, told: list[str], number: signal.Signals
) -> None:
    with pytest.raises(KeyboardInterrupt), interrupts.question():
        interrupts.handle(number, None)
    assert told == []


def test_after_a_question_all_is_as_before(interrupts: Interrupts, told: list[str]) -> None:
    with interrupts.question():
        pass
    interrupts.handle(signal.SIGINT, None)
    assert told[-1] == "end"


def test_nothing_is_asked_once_the_end_was_asked_for(interrupts: Interrupts) -> None:
    interrupts.handle(signal.SIGINT, None)
    asked = False
    with pytest.raises(KeyboardInterrupt), interrupts.question():
        asked = True
    assert not asked
