"""One trial: clusters with tasks, workers that suffer, and what must be true at the end."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from chaos import work
from chaos.fleet import WorkerMachine
from unit.store import postgres
from worldtree.app.ports import Ports
from worldtree.app.service import Application
from worldtree.app.tasks.task_requests import ResumeRequest, TaskRequest
from worldtree.core.actor import Actor
from worldtree.core.private_directories import StoreError
from worldtree.core.settings import Settings
from worldtree.core.worker_times import WorkerTimes
from worldtree.results.status import TaskStatus
from worldtree.store.store import TaskRecord

_DATABASE = "chaos"
_STEPS = 2


@dataclass(frozen=True)
class Size:
    """How much of what; times in seconds."""

    workers: int
    clusters: int
    tasks: int
    #: Disturbances, and the time between two.
    disturbances: int
    pause: float
    #: ``WorkerTimes.outage`` of the workers.
    outage: float
    #: That of a step.
    seconds: float
    #: Until all tasks must have ended.
    limit: float


#: About a minute on a quiet machine with two cores.
SHORT = Size(3, 4, 12, disturbances=4, pause=3.0, outage=9.0, seconds=0.5, limit=420.0)
#: That of the issue.
FULL = Size(3, 30, 200, disturbances=24, pause=20.0, outage=15.0, seconds=1.0, limit=5400.0)


@dataclass
class Report:
    """What came of a trial."""

    disturbances: list[str] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    refusals: int = 0
    fenced: int = 0
    resumed: int = 0
    seconds: float = 0.0


class Trial:
    """Runs a trial in a directory."""

    def __init__(self, place: Path, size: Size, seed: int, server: postgres.Server) -> None:
        self._place, self._size, self._server = place, size, server
        self._random = random.Random(seed)
        self._report = Report()
        (place / "work").mkdir(parents=True)
        url = postgres.make_database(server.socket, _DATABASE)
        settings = Settings(home=place / "service", database_url=url, worker_outage=size.outage)
        ports = Ports(
            environ=dict(os.environ),
            working_directory=place,
            terminate=lambda pid: os.kill(pid, signal.SIGTERM),
            actor=Actor("system", "chaos"),
        )
        self._application = Application(settings, ports)
        self._machines: list[WorkerMachine] = []
        self._tasks: dict[str, list[str]] = {}

    def run(self) -> Report:
        """Ask for all tasks, disturb the workers, wait for the ends, and look at the work."""
        began = time.monotonic()
        with self._fleet():
            self._ask()
            self._wait(lambda: any(not one.is_open for one in self._ends()), "no task ended")
            for _ in range(self._size.disturbances):
                self._wait(lambda: bool(self._busy()) or self._all_ended(), "no task runs")
                self._disturb()
                time.sleep(self._size.pause)
            self._wait(self._all_ended, "not all tasks ended")
        self._look()
        self._report.seconds = time.monotonic() - began
        self._application.close()
        return self._report

    @contextmanager
    def _fleet(self) -> Iterator[None]:
        self._application.store.close()
        try:
            for number in range(self._size.workers):
                machine = WorkerMachine(
                    self._place / f"w{number}",
                    self._server.socket,
                    _DATABASE,
                    outage=self._size.outage,
                    tasks=2,
                )
                self._machines.append(machine)
                machine.start()
            yield
        finally:
            for machine in self._machines:
                machine.close()

    def _ask(self) -> None:
        store, size = self._application.store, self._size
        for number in range(size.tasks):
            cluster = f"c{number % size.clusters}"
            text = work.document(
                cluster, self._place / "work", number, steps=_STEPS, seconds=size.seconds
            )
            before = store.wanted_document(cluster)
            kept = store.put_document(cluster, text, None if before is None else before.digest)
            record = self._application.submission.submit(
                cluster, TaskRequest(stored_document=kept.digest)
            )
            self._tasks[record.id] = [work.step_name(cluster, number, at) for at in range(_STEPS)]

    # ---- disturbances --------------------------------------------------------------------------

    def _disturb(self) -> None:
        kinds = (self._kill, self._freeze, self._cut, self._restart_database)
        kind = kinds[len(self._report.disturbances) % len(kinds)]
        machine = self._random.choice(self._busy() or self._machines)
        name = kind.__name__.strip("_").replace("_", " ")
        self._report.disturbances.append(f"{name} {machine.path.name}")
        kind(machine)

    def _busy(self) -> list[WorkerMachine]:
        """Return the machines whose processes work on tasks: to disturb the others shows little."""
        rows = self._application.store.queued_tasks(taken=True)
        places = {row.process.namespace for row in rows if row.process is not None}
        return [machine for machine in self._machines if machine.namespace() in places]

    def _kill(self, machine: WorkerMachine) -> None:
        machine.kill()
        time.sleep(self._past_takeover())
        machine.start()

    def _freeze(self, machine: WorkerMachine) -> None:
        machine.stop()
        time.sleep(self._past_takeover())
        machine.wake()

    def _cut(self, machine: WorkerMachine) -> None:
        machine.proxy.cut()
        time.sleep(self._past_takeover())
        machine.proxy.heal()

    def _restart_database(self, _machine: WorkerMachine) -> None:
        self._server.stop()
        time.sleep(self._size.outage / 2)
        self._server.start()

    def _past_takeover(self) -> float:
        """Return the time after which others go on with the tasks of a silent worker."""
        times = WorkerTimes(self._size.outage)
        return times.silence + times.takeover + 3 * times.heartbeat

    # ---- ends ----------------------------------------------------------------------------------

    def _ends(self) -> list[_End]:
        store = self._application.store
        rows = {row.task for row in store.queued_tasks()}
        return [_End(store.task(task), task in rows) for task in self._tasks]

    def _all_ended(self) -> bool:
        ends = self._ends()
        for end in ends:
            # What the service gives up after several dead processes is a person's to continue.
            problem = end.record.problem or {}
            if not end.is_queued and problem.get("code") == "worker-died":
                self._application.submission.resume(ResumeRequest(task=end.record.id))
                self._report.resumed += 1
        return not any(end.is_open for end in ends)

    def _wait(self, is_true: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + self._size.limit
        while not self._asked(is_true):
            if time.monotonic() > end:
                open_ones = [one.describe() for one in self._ends() if one.is_open]
                logs = "\n".join(f"== {one.path.name}\n{one.log()}" for one in self._machines)
                raise AssertionError(f"{what}: {open_ones}\n{logs}")
            time.sleep(0.5)

    def _asked(self, is_true: Callable[[], bool]) -> bool:
        try:
            return is_true()
        except StoreError:  # The database has just been restarted.
            return False

    def _look(self) -> None:
        for end in self._ends():
            status = end.record.status.value
            self._report.statuses[status] = self._report.statuses.get(status, 0) + 1
            if end.record.status is not TaskStatus.SUCCEEDED:
                self._report.problems.append(end.describe())
        names = [name for steps in self._tasks.values() for name in steps]
        self._report.problems += work.problems(self._place / "work", names)
        store = self._application.store
        self._report.refusals = store.fleet_figures().fencing_refusals
        self._report.fenced = sum(one.state == "fenced" for one in store.list_workers(gone=True))


@dataclass(frozen=True)
class _End:
    record: TaskRecord
    is_queued: bool

    @property
    def is_open(self) -> bool:
        """Whether more is to come of it."""
        return self.is_queued or self.record.ended is None

    def describe(self) -> str:
        """Return its state in words."""
        found = self.record
        return f"{found.id} {found.status.value} {found.message} {found.problem} {self.is_queued}"
