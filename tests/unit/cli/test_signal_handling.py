"""What Ctrl-C does while work goes on, and while something is asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import worldtree.cli.signal_handling as interrupts_module
from worldtree.cli.signal_handling import SignalHandler, cancel_on_signals, raise_interrupt


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def interrupts(told: list[str]) -> SignalHandler:
    return SignalHandler(lambda: told.append("end"), told.append)


def test_the_first_asks_for_the_end_and_others_are_answered(told: list[str]) -> None:
    with cancel_on_signals(lambda: told.append("end"), told.append):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
    assert told == [
        "SIGINT: ending the task, also on its hosts",
        "end",
        "SIGTERM: the task is already ending",
        "end",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_question_is_broken_off(
    interrupts: SignalHandler, told: list[str], number: signal.Signals
) -> None:
    with pytest.raises(KeyboardInterrupt), interrupts.question():
        interrupts.handle(number, None)
    assert told == []


def test_a_question_is_broken_off_also_where_the_exception_is_dropped(
    interrupts: SignalHandler,
) -> None:
    """As in a callback of Python's own, while modules are loaded."""
    with pytest.raises(KeyboardInterrupt), interrupts.question(), suppress(KeyboardInterrupt):
        interrupts.handle(signal.SIGINT, None)


def test_no_work_begins_after_an_exception_that_was_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(interrupts_module, "_raised", False)
    begun = []
    with suppress(KeyboardInterrupt):
        raise_interrupt(signal.SIGINT, None)
    with pytest.raises(KeyboardInterrupt), cancel_on_signals(lambda: None, begun.append):
        begun.append("work")
    assert begun == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("ignoring_interrupts")
def test_an_ignored_ctrl_c_stays_ignored_and_sigterm_does_not(told: list[str]) -> None:
    """As a shell's `&` starts its work."""
    with cancel_on_signals(lambda: told.append("end"), told.append):
        os.kill(os.getpid(), signal.SIGINT)
        assert told == []
        os.kill(os.getpid(), signal.SIGTERM)
    assert told == ["SIGTERM: ending the task, also on its hosts", "end"]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_question_is_broken_off_also_where_a_library_turns_it_into_an_error(
    interrupts: SignalHandler,
) -> None:
    def turn() -> None:
        try:
            interrupts.handle(signal.SIGINT, None)
        except KeyboardInterrupt as interrupt:
            raise AttributeError("half a module") from interrupt

    with pytest.raises(AttributeError), interrupts.question():
        raise AttributeError("an error of its own")
    with pytest.raises(KeyboardInterrupt), interrupts.question():
        turn()


def test_after_a_question_all_is_as_before(interrupts: SignalHandler, told: list[str]) -> None:
    with interrupts.question():
        pass
    interrupts.handle(signal.SIGINT, None)
    assert told[-1] == "end"


def test_nothing_is_asked_once_the_end_was_asked_for(interrupts: SignalHandler) -> None:
    interrupts.handle(signal.SIGINT, None)
    asked = False
    with pytest.raises(KeyboardInterrupt), interrupts.question():
        asked = True
    assert not asked


def test_nothing_is_loaded_before_ctrl_c_has_an_answer() -> None:
    """What the program's first module loads would take its time without an answer to Ctrl-C."""
    code = (
        "import sys, worldtree.cli; before = set(sys.modules); import worldtree.cli.entry;"
        " print(*set(sys.modules) - before)"
    )
    compiler = str(Path(__file__).parents[3] / "compiler")
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": compiler},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) <= {"worldtree.cli.entry", "__future__", "_signal"}
