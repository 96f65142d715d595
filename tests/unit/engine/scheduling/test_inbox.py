"""Events wait for capacity, so that memory is bounded; ends of runs and wake-ups never wait."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import pytest

from unit.engine.plans import plan
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.executors.protocol import OnEnd, OnEvent, RunOutcome, RunRequest
from worldtree.engine.recorder import MemoryRecorder
from worldtree.engine.run_plan import run_plan
from worldtree.engine.scheduling.inbox import CAPACITY, Inbox
from worldtree.engine.scheduling.messages import RunEnded
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus


def event(**fields: object) -> Event:
    """Return an event of a run."""
    known: dict[str, object] = {"kind": EventKind.RUN_MESSAGE, "time": 1.0, "attempt": "a"}
    return Event.model_validate(known | fields)


def filler_thread(inbox: Inbox, events: Sequence[Event]) -> threading.Thread:
    """Put ``events`` from a thread of its own."""

    def put() -> None:
        for one in events:
            inbox.put(one)
        inbox.put_end(RunEnded("a", RunOutcome("finished")))

    thread = threading.Thread(target=put, daemon=True)
    thread.start()
    return thread


def wait_for(happened: Callable[[], bool]) -> None:
    """Wait until ``happened``, 60 s at most."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_writers_of_a_full_inbox_wait_and_everything_comes_in_order() -> None:
    inbox = Inbox(capacity=10)
    thread = filler_thread(inbox, [event(message=str(n)) for n in range(95)])
    found: list[str | None] = []
    most = 0
    while True:
        messages = inbox.take(10)
        most = max(most, len(messages))
        found += [one.message for one in messages if isinstance(one, Event)]
        if any(isinstance(one, RunEnded) for one in messages):
            break
    thread.join(60)
    assert found == [str(n) for n in range(95)]
    assert most <= 11  # The end needs no capacity.


def test_large_outputs_take_more_capacity() -> None:
    """One of any size comes in, but not beside others."""
    inbox = Inbox(capacity=10)
    large = event(stdout="x" * 1_000_000)
    thread = filler_thread(inbox, [large, large, large])
    for _ in range(3):
        wait_for(lambda: not inbox.empty())
        assert [one for one in inbox.take(10) if isinstance(one, Event)] == [large]
    thread.join(60)


def test_the_consumer_never_waits_for_capacity() -> None:
    """Some executors say everything before their start returns."""
    inbox = Inbox(capacity=2)
    for n in range(50):
        inbox.put(event(message=str(n)))
    assert len(inbox.take()) == 50
    assert inbox.empty()


def test_signal_handler_wakes_the_one_who_takes() -> None:
    """Also while another thread waits for capacity."""
    inbox = Inbox(capacity=1)
    inbox.take(0)
    thread = filler_thread(inbox, [event()] * 3)

    def handle(_number: int, _frame: FrameType | None) -> None:
        inbox.wake()

    before = signal.signal(signal.SIGALRM, handle)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        taken = 0
        while taken < 4:
            taken += len(inbox.take(10))
        assert inbox.take(10) == []
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    thread.join(60)


def test_closing_lets_everybody_go() -> None:
    inbox = Inbox(capacity=1)
    thread = filler_thread(inbox, [event()] * 100)
    wait_for(lambda: not inbox.empty())
    inbox.close()
    thread.join(60)
    assert not thread.is_alive()


# ---- in the scheduler --------------------------------------------------------------------------

MANY = 20 * CAPACITY


@dataclass
class LongJournal:
    """An executor whose only run says ``MANY`` things, as one with a long journal does."""

    cancelled: threading.Event = field(default_factory=threading.Event)
    said: int = 0
    thread: threading.Thread | None = None

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> LongJournal:
        """Say it from a thread."""

        def say() -> None:
            for _ in range(MANY):
                if self.cancelled.is_set():
                    on_end(RunOutcome("cancelled"))
                    return
                on_event(event(attempt=request.attempt, node=request.nodes[0]))
                self.said += 1
            on_end(RunOutcome("finished", rc=0, complete=True))

        self.thread = threading.Thread(target=say, daemon=True)
        self.thread.start()
        return self

    def cancel(self) -> None:
        """Say no more."""
        self.cancelled.set()

    def is_alive(self) -> bool:
        """Its end is always reported."""
        return True

    def wait(self, timeout: float | None = None) -> RunOutcome | None:
        """Wait for its thread."""
        assert self.thread is not None
        self.thread.join(timeout)
        return None


class SlowDisk(MemoryRecorder):
    """Takes a moment for each batch; ``then`` is called after each."""

    def __init__(self, run: LongJournal, then: Callable[[int], None]) -> None:
        super().__init__()
        self._run, self._then = run, then
        #: The most that was said and not recorded.
        self.behind = 0

    def record(self, events: Sequence[Event]) -> Sequence[Event]:
        """Record after a moment."""
        time.sleep(0.003)
        self.behind = max(self.behind, self._run.said - len(self.events))
        found = super().record(events)
        self._then(len(self.events))
        return found


def status_of_run(run: LongJournal, recorder: SlowDisk, cancellation: Cancellation) -> TaskStatus:
    """Return what became of a task of one node."""
    return run_plan(
        plan({"a": ["h1"]}),
        task_id="t",
        bundle=Path("/nowhere"),
        directory=Path("/nowhere"),
        executor=run,
        recorder=recorder,
        cancellation=cancellation,
    ).status


def test_a_slow_disk_holds_up_the_journals_reader() -> None:
    """What waits in memory is bounded, and nothing is lost."""
    run = LongJournal()
    recorder = SlowDisk(run, lambda _recorded: None)
    status_of_run(run, recorder, Cancellation())
    assert sum(one.kind is EventKind.RUN_MESSAGE for one in recorder.events) == MANY
    # One batch is there to be taken, one was taken, and before that one nearly came together.
    assert recorder.behind <= 3 * CAPACITY + 1


def test_cancelling_ends_a_run_whose_reader_waits() -> None:
    cancellation, run = Cancellation(), LongJournal()

    def cancel(recorded: int) -> None:
        if recorded > 2 * CAPACITY:
            cancellation.request()

    assert status_of_run(run, SlowDisk(run, cancel), cancellation) is TaskStatus.CANCELLED
    assert run.said < MANY


def test_broken_recorder_leaves_no_reader_waiting() -> None:
    """A full disk: the task ends at once, and the threads of its runs do too."""
    run = LongJournal()

    def fail(recorded: int) -> None:
        if recorded > 2 * CAPACITY:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        status_of_run(run, SlowDisk(run, fail), Cancellation())
    assert run.thread is not None
    assert not run.thread.is_alive()
