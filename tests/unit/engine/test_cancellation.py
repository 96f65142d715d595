"""Asking for the end."""

from __future__ import annotations

from worldtree.engine.cancellation import Cancellation


def test_listeners_are_called_once() -> None:
    told: list[str] = []
    cancellation = Cancellation()
    cancellation.listen(lambda: told.append("first"))
    cancellation.request()
    cancellation.request()
    cancellation.listen(lambda: told.append("late"))
    assert (told, cancellation.requested) == (["first", "late"], True)
