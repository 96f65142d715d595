"""Workers of two neighbouring versions side by side, replaced one after the other under load."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from acceptance.earlier_program import EarlierProgram, NoHistoryError
from chaos import work
from chaos.load import ask, open_application
from unit.store import postgres
from worldtree.results.status import TaskStatus
from worldtree.store.database import upgrade_database

_CLUSTERS = 4
#: Of the first tasks: no step ends before both workers are replaced, so that a task outlives its
#: worker, and the next one watches it.
_LONG_SECONDS = 20.0
#: Seconds for anything to happen.
_TIMEOUT = 600.0


class Machine:
    """One machine, whose worker is replaced; it has a home and a log of its own."""

    def __init__(self, place: Path, database: str, policy: Path) -> None:
        self.home = place / "home"
        self.home.mkdir(parents=True)
        self._place, self._policy = place, policy
        self._environ = {
            **os.environ,
            "WORLDTREE_HOME": str(self.home),
            "WORLDTREE_DATABASE_URL": database,
        }
        self._running: subprocess.Popen[bytes] | None = None
        self._count = 0

    def start(self, earlier: EarlierProgram | None) -> None:
        """Start a worker of the earlier program or of this one."""
        words = ("worker", "--tasks", "2", "--drain-time", "1", "--log-format", "text")
        words = (*words, "--policy", str(self._policy))
        command: Sequence[str] = [sys.executable, "-m", "worldtree.cli.entry", *words]
        environ: Mapping[str, str] = self._environ
        if earlier is not None:
            command, environ = earlier.command(*words), earlier.environment(environ)
        self._count += 1
        with self._log().open("wb") as log:
            self._running = subprocess.Popen(
                command, env=environ, cwd=self._place, stdout=log, stderr=log
            )

    def drain(self) -> None:
        """End its worker as a service manager does; it has to end with 0."""
        assert self._running is not None
        self._running.send_signal(signal.SIGTERM)
        assert self._running.wait(timeout=120) == 0, self.log()

    def close(self) -> None:
        """End its worker however it is."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()

    def log(self) -> str:
        """Return what its present worker and the tasks of that have logged."""
        return self._log().read_text("utf-8", errors="replace")

    def logs(self) -> str:
        """Return what all its workers have logged."""
        return "".join(one.read_text("utf-8") for one in sorted(self._place.glob("log.*")))

    def has_begun(self) -> bool:
        """Whether its present worker has taken a task."""
        assert self._running is not None
        assert self._running.poll() is None, self.log()
        return " begins" in self.log()

    def _log(self) -> Path:
        return self._place / f"log.{self._count}"


@pytest.fixture
def earlier(tmp_path: Path) -> EarlierProgram:
    """The program of the schema before."""
    try:
        return EarlierProgram(tmp_path / "earlier")
    except NoHistoryError as why:
        pytest.skip(f"workers of two versions: {why}")


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty database on a server."""
    with postgres.running_or_skip("workers of two versions", durable=True) as server:
        yield postgres.make_database(server.socket, "rolling")


@pytest.mark.once
@pytest.mark.long  # A minute and a half.
@pytest.mark.timeout(3 * _TIMEOUT)
def test_workers_are_upgraded_one_after_the_other_under_load(
    earlier: EarlierProgram, database: str, tmp_path: Path
) -> None:
    """Each task succeeds and each step runs once, also those that outlive their worker."""
    policy = tmp_path / "policy.toml"
    policy.write_text("[policy]\nlocal_work = true\n", encoding="utf-8")
    machines = [Machine(tmp_path / name, database, policy) for name in ("a", "b")]
    upgrade = earlier.command("db", "upgrade")
    home = {"WORLDTREE_HOME": str(tmp_path / "upgrade"), "WORLDTREE_DATABASE_URL": database}
    environ = earlier.environment({**os.environ, **home})
    subprocess.run(upgrade, env=environ, cwd=tmp_path, check=True, capture_output=True)
    try:
        for machine in machines:
            machine.start(earlier)
        upgrade_database(tmp_path / "upgrade", database)
        load = Load(tmp_path, database)
        load.ask(_CLUSTERS, seconds=_LONG_SECONDS)
        wait(lambda: all(one.has_begun() for one in machines))
        load.ask(2 * _CLUSTERS, seconds=0.5)
        for machine in machines:
            machine.drain()
            assert load.is_working(), "no task outlived its worker"
            machine.start(None)
        # Both of the present program: they settle what the earlier ones began, and take the rest.
        wait(load.has_ended)
        load.ask(2 * _CLUSTERS, seconds=0.5)
        wait(lambda: all(one.has_begun() for one in machines))
        machines[0].drain()
        machines[0].start(earlier)
        # Back to the earlier program, which works on the newer schema.
        load.ask(2 * _CLUSTERS, seconds=0.5)
        wait(lambda: load.has_ended() and machines[0].has_begun())
        assert load.problems() == []
        load.close()
    finally:
        for machine in machines:
            machine.close()
    for machine in machines:
        assert "Traceback" not in machine.logs()


def wait(is_true: Callable[[], bool]) -> None:
    """Wait until something is true; the machine may be busy."""
    end = time.monotonic() + _TIMEOUT
    while not is_true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


class Load:
    """Tasks that are asked for while workers come and go."""

    def __init__(self, place: Path, database: str) -> None:
        self._work = place / "work"
        self._work.mkdir()
        self._application = open_application(place, database)
        #: Task -> the names of its steps.
        self._tasks: dict[str, list[str]] = {}

    def ask(self, count: int, *, seconds: float) -> None:
        """Ask for tasks of all clusters, whose steps take so long."""
        for _ in range(count):
            task, steps = ask(
                self._application,
                self._work,
                len(self._tasks),
                clusters=_CLUSTERS,
                seconds=seconds,
            )
            self._tasks[task] = steps

    def is_working(self) -> bool:
        """Whether a process works on a task."""
        return bool(self._application.store.queued_tasks(taken=True))

    def has_ended(self) -> bool:
        """Whether all tasks have."""
        store = self._application.store
        return not store.queued_tasks() and all(
            store.task(one).ended is not None for one in self._tasks
        )

    def problems(self) -> list[str]:
        """Return what is wrong with the tasks and their steps."""
        store = self._application.store
        records = [store.task(one) for one in self._tasks]
        found = [
            f"{one.id}: {one.status} {one.message} {one.problem}"
            for one in records
            if one.status is not TaskStatus.SUCCEEDED
        ]
        names = [name for steps in self._tasks.values() for name in steps]
        begun, ended = work.runs(self._work, names)
        if begun != ended:
            found.append(f"{begun} steps began, {ended} came to their end")
        return found + work.problems(self._work, names)

    def close(self) -> None:
        """Close the database."""
        self._application.close()
