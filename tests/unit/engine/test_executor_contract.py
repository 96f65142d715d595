"""One contract for every executor: the events of a run, and how it ends."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from unit.engine.bundles import task, write_bundle
from unit.engine.plans import node_id, plan
from worldtree.engine.executors.protocol import Executor, RunHandle, RunOutcome, RunRequest
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.results.events import Event, EventKind
from worldtree.runner.control.executor import RunnerExecutor

HOSTS = ("h1", "h2")

#: What a node does on ``h2``, as Ansible tasks and for the simulation; ``h1`` always does well.
_WORK = {
    "good": ([task("Work", changed_when=False)], "ok"),
    "changing": ([task("Work", changed_when=True)], "changed"),
    "failing": ([task("Work", failed_when="inventory_hostname == 'h2'")], "failed"),
    "skipping": ([task("Work", when="inventory_hostname == 'h1'", changed_when=False)], "skipped"),
    "slow": ([task("Work", "command", "sleep 60")], "ok"),
}


class Collected:
    """What an executor called back with."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ends: list[RunOutcome] = []
        self.ended = threading.Event()
        self.working = threading.Event()

    def on_event(self, event: Event) -> None:
        assert not self.ended.is_set(), "an event after the end"
        self.events.append(event)
        if event.kind is EventKind.HOST_TASK_STARTED:
            self.working.set()

    def on_end(self, outcome: RunOutcome) -> None:
        self.ends.append(outcome)
        self.ended.set()

    def statuses(self, name: str) -> dict[str | None, str | None]:
        """Return host -> status of the ``Work`` of a node."""
        return {
            e.host: e.status
            for e in self.events
            if e.kind is EventKind.HOST_TASK_FINISHED and e.node == node_id(name)
        }


class Start(Protocol):
    """Starts a run of nodes."""

    def __call__(
        self, *names: str, timeout: float | None = None, hosts: tuple[str, ...] = HOSTS
    ) -> tuple[RunHandle, Collected]: ...


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of all runs."""
    plays = {name: tasks for name, (tasks, _) in _WORK.items()}
    return write_bundle(tmp_path_factory.mktemp("contract") / "b", plays, HOSTS)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerExecutor]:
    """The real executor: it loads Ansible once, and each test has runs of its own."""
    wanted = plan(dict.fromkeys(_WORK, HOSTS))
    with RunnerExecutor(wanted, directory=tmp_path_factory.mktemp("real") / "task") as found:
        yield found


def _simulated() -> SimulatedExecutor:
    script = {(node_id(n), "h2"): work[1] for n, work in _WORK.items()}
    script[node_id("changing"), "h1"] = "changed"
    return SimulatedExecutor(script, seconds={node_id("slow"): 60.0})


@pytest.fixture(params=["simulated", "runner"])
def start(request: pytest.FixtureRequest, tmp_path: Path, bundle: Path) -> Start:
    """The executor under test, behind the same way to start a run."""
    is_simulated = request.param == "simulated"
    executor: Executor = _simulated() if is_simulated else request.getfixturevalue("real")

    def begin(
        *names: str, timeout: float | None = None, hosts: tuple[str, ...] = HOSTS
    ) -> tuple[RunHandle, Collected]:
        collected = Collected()
        attempt = uuid.uuid4().hex
        asked = RunRequest(
            attempt=attempt,
            nodes=tuple(node_id(name) for name in names),
            hosts=hosts,
            bundle=bundle,
            directory=tmp_path / "attempts" / attempt,
            timeout=timeout,
        )
        return executor.start(asked, collected.on_event, collected.on_end), collected

    return begin


def test_run_tells_every_task_of_every_host(start: Start) -> None:
    handle, seen = start("good", "changing", "skipping")
    outcome = handle.wait(60)
    assert outcome is not None
    assert (outcome.state, outcome.rc, outcome.complete) == ("finished", 0, True)
    assert seen.ends == [outcome]
    assert seen.statuses("good") == {"h1": "ok", "h2": "ok"}
    assert seen.statuses("changing") == {"h1": "changed", "h2": "changed"}
    assert seen.statuses("skipping") == {"h1": "ok", "h2": "skipped"}
    plays = [e.node for e in seen.events if e.kind is EventKind.PLAY_STARTED]
    assert plays == [node_id(n) for n in ("good", "changing", "skipping")]
    assert seen.events[-1].kind is EventKind.RUN_STATS
    assert len({e.attempt for e in seen.events}) == 1


def test_failed_host_leaves_the_rest_of_the_chain(start: Start) -> None:
    handle, seen = start("failing", "good")
    outcome = handle.wait(60)
    assert outcome is not None
    assert (outcome.state, outcome.rc, outcome.complete) == ("finished", 2, True)
    assert seen.statuses("failing")["h2"] == "failed"
    assert seen.statuses("good") == {"h1": "ok"}
    assert seen.events[-1].result["failures"] == {"h2": 1}


def test_only_the_asked_hosts_are_touched(start: Start) -> None:
    handle, seen = start("good", hosts=("h1",))
    assert handle.wait(60) is not None
    assert seen.statuses("good") == {"h1": "ok"}


def test_cancel_ends_a_run_and_names_the_hosts_in_mid_task(start: Start) -> None:
    handle, seen = start("slow")
    assert seen.working.wait(60)
    handle.cancel()
    handle.cancel()
    outcome = handle.wait(60)
    assert outcome is not None
    assert (outcome.state, outcome.complete, outcome.leftovers) == ("cancelled", False, ())
    assert set(outcome.interrupted_hosts) <= set(HOSTS)
    assert outcome.interrupted_hosts
    assert seen.ends == [outcome]


def test_time_limit_ends_a_run(start: Start) -> None:
    handle, seen = start("slow", timeout=0.3)
    outcome = handle.wait(60)
    assert outcome is not None
    assert (outcome.state, outcome.complete) == ("timeout", False)
    assert seen.ends == [outcome]


def test_cancel_after_the_end_does_nothing(start: Start) -> None:
    handle, seen = start("good")
    first = handle.wait(60)
    handle.cancel()
    assert (handle.wait(1), len(seen.ends)) == (first, 1)


def test_waiting_gives_nothing_before_the_end(start: Start) -> None:
    handle, _ = start("slow")
    assert handle.wait(0.01) is None
    handle.cancel()
    assert handle.wait(60) is not None
