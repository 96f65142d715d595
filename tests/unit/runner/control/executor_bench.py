"""A bundle with a real executor on it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from pathlib import Path

from unit.engine.bundles import write_bundle
from unit.engine.plans import node_id, plan
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind
from worldtree.results.run import RunOutcome, RunRequest
from worldtree.runner.control.executor import RunnerExecutor
from worldtree.runner.control.run_handle import RunnerRunHandle
from worldtree.runner.process.private_apis import CHECKED_FILE, save_checked
from worldtree.secrets.broker_process import BrokerProcess

ONE = ("h1",)
SECRET = "canary-6b1f9"


def checked_file(directory: Path) -> Path:
    """Return a file by which launchers need not check private APIs, as `test_private_apis` does."""
    directory.mkdir(parents=True, exist_ok=True)
    save_checked(directory / CHECKED_FILE)
    return directory / CHECKED_FILE


class Bench:
    """A bundle, an executor on it, and one run at a time."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.bundle = directory / "bundle"
        self.executor: RunnerExecutor | None = None
        self.events: list[Event] = []
        self.working = threading.Event()
        self.attempt = uuid.uuid4().hex

    def open(
        self,
        *tasks: Mapping[str, object],
        wanted: Plan | None = None,
        environ: Mapping[str, str] | None = None,
        broker: BrokerProcess | None = None,
        variables: Mapping[str, object] | None = None,
    ) -> None:
        """Write a bundle whose one play has these tasks, and open an executor on it."""
        write_bundle(self.bundle, {"n": tasks}, ONE, variables)
        self.executor = RunnerExecutor(
            wanted or plan({"n": ONE}),
            directory=self.directory / "task",
            environ=environ,
            broker=broker,
            checked_file=checked_file(self.directory / "checked"),
        )

    def request(self, verbosity: int = 0) -> RunRequest:
        return RunRequest(
            verbosity=verbosity,
            attempt=self.attempt,
            nodes=(node_id("n"),),
            hosts=ONE,
            bundle=self.bundle,
            directory=self.directory / "attempt",
        )

    def start(self, verbosity: int = 0) -> RunnerRunHandle:
        assert self.executor is not None
        return self.executor.start(self.request(verbosity), self._on_event, lambda _: None)

    def run(self, verbosity: int = 0) -> RunOutcome:
        outcome = self.start(verbosity).wait(60)
        assert outcome is not None
        return outcome

    def attempt_file(self, name: str) -> str:
        return (self.directory / "attempt" / name).read_text()

    def finished(self) -> Event:
        return next(e for e in self.events if e.kind is EventKind.HOST_TASK_FINISHED)

    def _on_event(self, event: Event) -> None:
        self.events.append(event)
        if event.kind is EventKind.HOST_TASK_STARTED:
            self.working.set()
