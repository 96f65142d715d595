"""Asking for the end."""

from __future__ import annotations

import os
import signal

import pytest

from worldtree.engine.cancellation import Cancellation, cancelled_by_signals


def test_listeners_are_told_once() -> None:
    told: list[str] = []
    cancellation = Cancellation()
    cancellation.listen(lambda: told.append("first"))
    cancellation.request()
    cancellation.request()
    cancellation.listen(lambda: told.append("late"))
    assert (told, cancellation.requested) == (["first", "late"], True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_ask_instead_of_killing(number: signal.Signals) -> None:
    cancellation = Cancellation()
    before = signal.getsignal(number)
    with cancelled_by_signals(cancellation):
        os.kill(os.getpid(), number)
    assert cancellation.requested
    assert signal.getsignal(number) is before


@pytest.mark.usefixtures("ignoring_interrupts")
def test_an_ignored_sigint_asks_for_nothing() -> None:
    cancellation = Cancellation()
    with cancelled_by_signals(cancellation):
        os.kill(os.getpid(), signal.SIGINT)
        assert not cancellation.requested
        os.kill(os.getpid(), signal.SIGTERM)
    assert cancellation.requested
