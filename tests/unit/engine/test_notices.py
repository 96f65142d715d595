"""Messages about a task become its events, whenever they are said."""

from __future__ import annotations

import threading
from pathlib import Path

from unit.engine.plans import plan
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.notices import Notices
from worldtree.engine.recorder import MemoryRecorder
from worldtree.engine.run_plan import run_plan
from worldtree.results.events import Event, EventKind

WANTED = plan({"a": ("h1",), "b": ("h1",)}, [("a", "b", "host")])


def _said(events: list[Event]) -> list[tuple[str | None, str | None]]:
    return [(one.status, one.message) for one in events if one.kind is EventKind.RUN_MESSAGE]


def test_messages_are_shown_at_once_and_kept() -> None:
    shown: list[str] = []
    notices = Notices(shown.append)
    notices.say("waiting")
    notices.say("warning: the disk is full")
    notices.keep("checked", "error", {"connections": []})
    assert shown == ["waiting", "warning: the disk is full"]
    kept = notices.take()
    assert _said(kept) == [
        ("info", "waiting"),
        ("warning", "the disk is full"),
        ("error", "checked"),
    ]
    assert kept[2].result == {"connections": []}
    assert notices.take() == []


def test_a_run_records_what_is_said_before_and_while_it_runs(tmp_path: Path) -> None:
    """Also by another thread."""
    notices = Notices(lambda _words: None)
    notices.say("before")
    recorder = MemoryRecorder()

    def on_event(event: Event) -> None:
        if event.kind is EventKind.NODE_STARTED:
            thread = threading.Thread(target=notices.say, args=(f"at {event.node}",))
            thread.start()
            thread.join()
        if event.kind is EventKind.NODE_FINISHED and event.node == list(WANTED.graph.nodes)[-1]:
            notices.say("at the end")
        if event.kind is EventKind.TASK_FINISHED:
            notices.say("after")

    run_plan(
        WANTED,
        task_id="t",
        bundle=tmp_path,
        directory=tmp_path / "attempts",
        executor=SimulatedExecutor({}),
        recorder=recorder,
        on_event=on_event,
        notices=notices,
    )
    words = [message for _, message in _said(list(recorder.events))]
    assert words[0] == "before"
    assert recorder.events[0].kind is EventKind.TASK_STARTED
    assert recorder.events[-1].kind is EventKind.TASK_FINISHED
    # What is said when the last events are recorded is left to the caller: nothing is lost.
    left = [message for _, message in _said(notices.take())]
    at_nodes = [f"at {name}" for name in WANTED.graph.nodes]
    assert sorted(map(str, words + left)) == sorted(["before", *at_nodes, "at the end", "after"])
