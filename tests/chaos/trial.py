"""One trial: clusters with tasks, workers that suffer, and what must be true at the end."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chaos import load, work
from chaos.disturbances import MachineKind, Round, random_rounds, short_rounds
from chaos.fleet import WorkerMachine
from chaos.report import End, Report
from unit.store import postgres
from worldtree.app.tasks.task_requests import ResumeRequest, TaskRequest
from worldtree.core.private_directories import StoreError
from worldtree.results.status import TaskStatus
from worldtree.store.store import TaskRecord

_DATABASE = "chaos"


#: Seconds for so many machines to get work; with less work the round hits those that have some.
_BUSY_SECONDS = 20.0


@dataclass(frozen=True)
class Size:
    """How much of what; times in seconds."""

    workers: int
    clusters: int
    tasks: int
    #: Tasks of a worker at a time.
    capacity: int
    #: Random rounds of disturbances; None for the two of the gate.
    disturbances: int | None
    #: The time between two rounds.
    pause: float
    #: ``WorkerTimes.outage`` of the workers.
    outage: float
    #: That of a step.
    seconds: float
    #: Until all tasks must have ended.
    limit: float


#: Half a minute on a quiet machine with two cores: all kinds at once, and one worker that goes on.
SHORT = Size(
    4, 6, 8, capacity=1, disturbances=None, pause=0.0, outage=7.5, seconds=1.0, limit=420.0
)
#: That of the issue: the rounds end when no task is left to disturb.
FULL = Size(
    3, 30, 200, capacity=2, disturbances=40, pause=10.0, outage=15.0, seconds=4.0, limit=5400.0
)


class Trial:
    """Runs a trial in a directory."""

    def __init__(self, place: Path, size: Size, seed: int, server: postgres.Server) -> None:
        self._place, self._size, self._server = place, size, server
        self._random = random.Random(seed)
        self._report = Report()
        (place / "work").mkdir(parents=True)
        self._url = postgres.make_database(server.socket, _DATABASE)
        self._application = load.open_application(place, self._url, size.outage)
        self._machines: list[WorkerMachine] = []
        self._tasks: dict[str, list[str]] = {}

    def run(self) -> Report:
        """Ask for all tasks, disturb the workers, wait for the ends, and look at the work."""
        began = time.monotonic()
        with self._fleet():
            self._wait(self._all_registered, "not all workers are there")
            self._ask()
            for one in self._rounds():
                self._wait(lambda: bool(self._busy()) or self._all_ended(), "no task runs")
                if self._asked(self._all_ended):
                    break
                self._disturb(one)
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
                    tasks=self._size.capacity,
                )
                self._machines.append(machine)
                machine.start()
            yield
        finally:
            for machine in self._machines:
                machine.close()

    def _ask(self) -> None:
        place, size = self._place / "work", self._size
        for number in range(size.tasks):
            task, steps = load.ask(
                self._application, place, number, clusters=size.clusters, seconds=size.seconds
            )
            self._tasks[task] = steps

    # ---- disturbances --------------------------------------------------------------------------

    def _rounds(self) -> Iterable[Round]:
        size = self._size
        if size.disturbances is None:
            return short_rounds(size.outage)
        return random_rounds(size.disturbances, size.outage, self._random)

    def _disturb(self, one: Round) -> None:
        if not one.kinds:
            self._report.disturbances.append(f"database away for {one.seconds:.0f} s")
            self._server.stop()
            time.sleep(one.seconds)
            self._server.start()
            return
        hit = list(zip(one.kinds, self._chosen(len(one.kinds)), strict=True))
        words = [f"{kind} {machine.path.name}" for kind, machine in hit]
        self._report.disturbances.append(f"{', '.join(words)} for {one.seconds:.0f} s")
        for kind, machine in hit:
            _begin(kind, machine)
        time.sleep(one.seconds)
        for kind, machine in hit:
            _end(kind, machine)

    def _chosen(self, count: int) -> list[WorkerMachine]:
        """Return machines to disturb: as far as possible those whose processes work on tasks."""
        end = time.monotonic() + _BUSY_SECONDS
        while len(busy := self._busy()) < count and time.monotonic() < end:
            time.sleep(0.2)
        self._random.shuffle(busy)
        rest = [machine for machine in self._machines if machine not in busy]
        return (busy + rest)[:count]

    def _busy(self) -> list[WorkerMachine]:
        """Return the machines whose processes work on tasks: to disturb the others shows little."""
        rows = self._application.store.queued_tasks(taken=True)
        places = {row.process.namespace for row in rows if row.process is not None}
        return [machine for machine in self._machines if machine.namespace() in places]

    def _all_registered(self) -> bool:
        return len(self._application.store.list_workers()) == self._size.workers

    # ---- ends ----------------------------------------------------------------------------------

    def _ends(self) -> list[End]:
        store = self._application.store
        rows = {row.task for row in store.queued_tasks()}
        return [End(store.task(task), task in rows) for task in self._tasks]

    def _all_ended(self) -> bool:
        ends = self._ends()
        left = [end.record for end in ends if end.is_left_to_a_person]
        for record in left:
            self._continue(record)
            self._report.left_to_a_person += 1
        return not left and not any(end.is_open for end in ends)

    def _continue(self, record: TaskRecord) -> None:
        submission = self._application.submission
        if record.has_begun:
            submission.resume(ResumeRequest(task=record.id))
            return
        again = TaskRequest.model_validate(record.request)
        steps = self._tasks.pop(record.id)
        self._tasks[submission.submit(record.cluster, again).id] = steps

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
        report, place = self._report, self._place / "work"
        names = [name for steps in self._tasks.values() for name in steps]
        report.problems += work.problems(place, names)
        report.steps = len(names)
        report.runs_begun, ends = work.runs(place, names)
        report.runs_cut = report.runs_begun - ends
        report.refusals = self._application.store.fleet_figures().fencing_refusals
        report.add_fences(self._url)
        report.add_logs(machine.log() for machine in self._machines)


def _begin(kind: MachineKind, machine: WorkerMachine) -> None:
    match kind:
        case "kill":
            machine.kill()
        case "stop":
            machine.stop()
        case "cut":
            machine.proxy.cut()


def _end(kind: MachineKind, machine: WorkerMachine) -> None:
    match kind:
        case "kill":
            machine.start()
        case "stop":
            machine.wake()
        case "cut":
            machine.proxy.heal()
