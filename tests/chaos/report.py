"""What came of a trial, in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from sqlalchemy import create_engine, text

from worldtree.results.status import TaskStatus
from worldtree.store.store import TaskRecord

_PASSED_ON = "the process of task"


@dataclass
class Report:
    """Numbers of a trial; ``problems`` says what was lost or done twice."""

    #: Each with the machines that it hit.
    disturbances: list[str] = field(default_factory=list)
    #: Ends of tasks by status.
    statuses: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    #: Steps, how often one began, and how many of these runs were cut off.
    steps: int = 0
    runs_begun: int = 0
    runs_cut: int = 0
    #: Writes and heartbeats of fenced workers and of processes that lost their cluster.
    refusals: int = 0
    #: Workers that others fenced, and the seconds of silence until then: median and longest.
    fenced: int = 0
    silence_median: float = 0.0
    silence_longest: float = 0.0
    #: Rows that a worker gave back or ended because their process was dead.
    passed_on: int = 0
    #: Tasks that were left to a person after three dead processes, and continued by the trial.
    left_to_a_person: int = 0
    seconds: float = 0.0

    def add_fences(self, database_url: str) -> None:
        """Read from the database how many workers were fenced, and after how long a silence."""
        engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
        query = text("SELECT fenced - heartbeat FROM workers WHERE fenced IS NOT NULL")
        with engine.connect() as connection:
            silences = [float(one) for one in connection.execute(query).scalars()]
        engine.dispose()
        self.fenced = len(silences)
        if silences:
            self.silence_median = round(median(silences), 1)
            self.silence_longest = round(max(silences), 1)

    def add_logs(self, logs: Iterable[str]) -> None:
        """Count in logs of workers the rows of dead processes; a traceback is a problem."""
        for log in logs:
            self.passed_on += log.count(_PASSED_ON)
            if "Traceback" in log:
                self.problems.append(f"a worker logged {log[log.index('Traceback') :][:3000]}")


@dataclass(frozen=True)
class End:
    """A task as it is, and whether the queue has it."""

    record: TaskRecord
    is_queued: bool

    @property
    def is_open(self) -> bool:
        """Whether more is to come of it."""
        return self.is_queued or self.record.ended is None

    @property
    def is_left_to_a_person(self) -> bool:
        """Whether the service has given it up after several dead processes."""
        problem = self.record.problem or {}
        is_given_up = problem.get("code") == "worker-died" and not self.is_queued
        return is_given_up and self.record.status is not TaskStatus.SUCCEEDED

    def describe(self) -> str:
        """Return its state in words."""
        found = self.record
        return f"{found.id} {found.status.value} {found.message} {found.problem} {self.is_queued}"
