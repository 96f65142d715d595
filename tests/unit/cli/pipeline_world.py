"""A model of what pipelines leave on hosts, and a world in which `wt` works on it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

import homes
from unit.cli.conftest import ScriptedExecutor, write_document
from worldtree.cli.main import run
from worldtree.core.errors import ExitCode
from worldtree.engine.executors.protocol import OnEnd, OnEvent, RunHandle, RunRequest
from worldtree.results.events import Event, EventKind
from worldtree.results.run import RunOutcome

HOSTS = ("h1", "h2")
#: Steps by module; those with a role are removed by its `remove`, with all else of the module.
STEPS: dict[str, dict[str, str | None]] = {
    "web": {"install": "nginx", "page": None},
    "proxy": {"install": "nginx"},
    "plain": {"page": None},
}
PAIRS = [(f"{m}/t/{s}", host) for m, steps in STEPS.items() for s in steps for host in HOSTS]
DONE = ("ok", "changed", "skipped")
#: Where files are in memory, if there is such a place: a disk takes half of the time.
MEMORY = next((place for place in ("/dev/shm",) if os.access(place, os.W_OK)), None)
#: The exit code of a killed command.
KILLED = 137

Pair = tuple[str, str]


class KilledError(BaseException):
    """Ends a command where it is, as SIGKILL does; nothing handles it."""


@dataclass
class Hosts:
    """What is on the hosts: each step of `create-cluster` leaves the version of its input."""

    version: dict[str, int] = field(default_factory=dict)
    #: The versions on the hosts, and which task wrote or removed each last.
    content: dict[Pair, int] = field(default_factory=dict)
    writer: dict[Pair, str] = field(default_factory=dict)
    #: The version before a task first wrote another one.
    saved: dict[tuple[str, str, str], int | None] = field(default_factory=dict)
    #: What fails next, and whether it has its effect before.
    failing: dict[Pair, bool] = field(default_factory=dict)
    #: Where the command is killed, and whether the work there has had its effect.
    killing: dict[Pair, bool] = field(default_factory=dict)
    #: The events of each run, as its journal has them.
    journals: dict[str, list[Event]] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    rollbacks: set[str] = field(default_factory=set)
    undone_task: str = ""
    #: Broken laws; the scheduler takes an exception for a failed run.
    wrongly_undone: list[str] = field(default_factory=list)

    def act(self, request: RunRequest, node: str, host: str) -> str:
        """Do a node's work on a host and return its outcome."""
        pipeline, _, step = node.partition("/")
        task = request.attempt.rpartition(".")[0]
        self.ran.append(node)
        effect = self.failing.get((step, host), self.killing.get((step, host), True))
        changed = False
        if pipeline != "verify" and effect:
            changed = self._work(request, pipeline, task, step, host)
        if self.killing.pop((step, host), None) is not None:
            raise KilledError
        if (step, host) in self.failing:
            return "failed"
        return "changed" if changed else "ok"

    def _work(self, request: RunRequest, pipeline: str, task: str, step: str, host: str) -> bool:
        if request.form == "rollback":
            self.rollbacks.add(task)
            if (self.undone_task, step, host) not in self.saved:
                return False  # It failed before it had an effect: no state was saved.
            last = self.writer.get((step, host))
            before = self.saved[self.undone_task, step, host]
            # What was cut off is undone also where it had changed nothing: that changes nothing.
            is_undone = self.content.get((step, host)) != before
            if is_undone and last != self.undone_task and last not in self.rollbacks:
                why = f"{step} on {host} is undone for {self.undone_task}, {last} wrote it last"
                self.wrongly_undone.append(why)
            return self._put((step, host), before, task)
        if pipeline == "destroy-cluster":
            gone = [pair for pair in PAIRS if pair[1] == host and shares(step, pair[0])]
            return bool(sum(self._put(pair, None, task) for pair in gone))
        self.saved.setdefault((task, step, host), self.content.get((step, host)))
        return self._put((step, host), self.version.get(step, 1), task)

    def _put(self, pair: Pair, version: int | None, task: str) -> bool:
        if self.content.get(pair) == version:
            return False
        self.writer[pair] = task
        if version is None:
            del self.content[pair]
        else:
            self.content[pair] = version
        return True


def shares(removal: str, step: str) -> bool:
    """Whether the `remove` of one step takes away another one: of its module or of its role."""
    module, _, name = step.split("/")
    removed, _, by = removal.split("/")
    return module == removed or STEPS[module][name] == STEPS[removed][by]


@dataclass(frozen=True)
class EndedRun:
    """The handle of a run that has ended."""

    outcome: RunOutcome

    def cancel(self) -> None:
        """It has ended."""

    def wait(self, _timeout: float | None = None) -> RunOutcome:
        """Return its outcome."""
        return self.outcome

    def is_alive(self) -> bool:
        """It has ended."""
        return False


class ModelExecutor(ScriptedExecutor):
    """Works on the model."""

    hosts: ClassVar[Hosts]

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Do the request at once."""
        self.request = request
        journal = self.hosts.journals[request.attempt] = []

        def write(event: Event) -> None:
            journal.append(event)
            on_event(event)

        return super().start(request, write, on_end)

    def is_alive(self, _request: RunRequest) -> bool:
        """No run outlives the command."""
        return False

    def adopt(
        self, request: RunRequest, _after: int, on_event: OnEvent, on_end: OnEnd
    ) -> RunHandle:
        """Read the journal of a killed run; there is none of one that had not started yet."""
        at_work: dict[str, None] = {}
        for event in self.hosts.journals.get(request.attempt, ()):
            on_event(event)
            if event.kind is EventKind.HOST_TASK_STARTED and event.host:
                at_work[event.host] = None
            elif event.kind is EventKind.HOST_TASK_FINISHED and event.host:
                at_work.pop(event.host, None)
        outcome = RunOutcome("error", message="killed", interrupted_hosts=tuple(at_work))
        on_end(outcome)
        return EndedRun(outcome)

    def next_outcome(self, node: str, host: str) -> str:
        """Do a node's work on a host."""
        return self.hosts.act(self.request, node, host)


@dataclass
class World:
    """A directory with a document, the hosts, and what was done so far."""

    path: Path
    hosts: Hosts = field(default_factory=Hosts)
    #: Tasks that may be rolled back, and those that may be resumed; the newest last.
    made: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    #: By rollback: the task that it undoes.
    parents: dict[str, str] = field(default_factory=dict)
    #: Whether the last command but `verify` applied everything.
    is_applied: bool = False

    @property
    def file(self) -> Path:
        return self.path / "cluster.yaml"

    def write(self) -> None:
        """Write the document with the current versions of its inputs."""
        modules = []
        for module, steps in STEPS.items():
            made: list[dict[str, Any]] = []
            for step, role in steps.items():
                version = self.hosts.version.get(f"{module}/t/{step}", 1)
                copy = {"dest": f"/tmp/{module}-{step}", "content": str(version), "mode": "0644"}
                work = {"role": role, "vars": {"v": version}} if role else {"copy": copy}
                made.append({"name": step, **work})
            modules.append({"name": module, "tasks": [{"name": "t", "steps": made}]})
        write_document(
            self.file,
            {
                "hosts": [{"name": name, "connection": "local"} for name in HOSTS],
                "rolesPath": ["./roles"],
                "facts": {"gather": "never"},
                "policy": {"onInterrupted": "rerun"},
                "modules": modules,
            },
        )

    def wt(self, *words: str) -> tuple[int, dict[str, Any], str]:
        """Run a command; return its exit code, the result and what it said."""
        out, err = io.StringIO(), io.StringIO()
        self.hosts.ran.clear()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run([*words, "--yes", "-o", "json"])
        except KilledError:
            with homes.open_store(self.path / "state") as store:
                return KILLED, {"task_id": store.list_tasks()[0].id}, err.getvalue()
        assert "Traceback" not in err.getvalue(), err.getvalue()
        assert not self.hosts.wrongly_undone, self.hosts.wrongly_undone
        return code, json.loads(out.getvalue() or "{}"), err.getvalue()

    def check(self, result: dict[str, Any]) -> None:
        """Compare what a result calls done with what is on the hosts."""
        for node in result.get("nodes", []):
            pipeline, _, step = node["id"].partition("/")
            for host, found in node["hosts"].items():
                if found["status"] not in DONE:
                    continue
                if pipeline == "create-cluster":
                    there = self.hosts.content.get((step, host))
                    wanted = self.hosts.version.get(step, 1)
                    assert there == wanted, f"{step} on {host} is {there} after {result['task_id']}"
                elif pipeline == "destroy-cluster":
                    left = [p for p in self.hosts.content if p[1] == host and shares(step, p[0])]
                    assert not left, f"{left} are left after {result['task_id']}"

    def apply(self, *words: str) -> None:
        code, result, said = self.wt("apply", "-f", str(self.file), *words)
        if words and self.is_applied:
            assert not self.hosts.ran, f"{self.hosts.ran} ran although nothing had changed"
        self.is_applied = code == ExitCode.OK
        self.add(code, result, said)
        self.made.append(result["task_id"])

    def destroy(self) -> None:
        code, result, said = self.wt("destroy", "-f", str(self.file))
        self.is_applied = False
        self.add(code, result, said)

    def verify(self) -> None:
        code, result, said = self.wt("verify", "-f", str(self.file))
        self.add(code, result, said)

    def resume(self, task: str) -> None:
        self.hosts.undone_task = self.parents.get(task, "")
        code, result, said = self.wt("resume", task)
        if code != ExitCode.REFUSED:
            self.is_applied = False
            self.unfinished.remove(task)
            self.add(code, result, said)

    def roll_back(self, task: str) -> None:
        self.hosts.undone_task = task
        code, result, said = self.wt("rollback", task)
        if code != ExitCode.REFUSED:
            self.is_applied = False
            self.parents[result["task_id"]] = task
            self.add(code, result, said)

    def add(self, code: int, result: dict[str, Any], said: str) -> None:
        """Check the end of a task, and keep it if it is not done."""
        assert result, said
        assert code in (ExitCode.OK, ExitCode.PARTIAL, ExitCode.FAILED, KILLED), said
        if result["task_id"] not in self.parents:
            self.check(result)
        if code != ExitCode.OK:
            self.unfinished.append(result["task_id"])

    def edit(self, step: str) -> None:
        self.hosts.version[step] = self.hosts.version.get(step, 1) % 2 + 1
        self.is_applied = False
        self.write()


@dataclass(frozen=True)
class Command:
    """A command, what fails while it runs, and the task that it takes, counted from the newest."""

    name: str
    failing: tuple[tuple[Pair, bool], ...] = ()
    task: int = 0
    step: str = ""
    killing: tuple[tuple[Pair, bool], ...] = ()

    def run(self, world: World) -> None:
        """Run it and check the laws."""
        world.hosts.failing, world.hosts.killing = dict(self.failing), dict(self.killing)
        if self.name == "edit":
            world.edit(self.step)
        elif self.name in ("resume", "roll_back"):
            found = world.unfinished if self.name == "resume" else world.made
            if found:
                getattr(world, self.name)(found[-1 - self.task % len(found)])
        elif self.name == "changed":
            world.apply("--changed")
        else:
            getattr(world, self.name)()


@contextlib.contextmanager
def world() -> Iterator[World]:
    """A new directory, state and hosts."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place, pytest.MonkeyPatch.context() as patch:
        path = Path(place)
        tasks = path / "roles" / "nginx" / "tasks"
        tasks.mkdir(parents=True)
        for entry in ("main", "remove", "verify", "rollback"):
            (tasks / f"{entry}.yml").write_text("---\n- ansible.builtin.ping:\n")
        made = World(path)
        made.write()
        homes.prepare(path / "state")
        patch.chdir(path)
        patch.setenv("WORLDTREE_HOME", str(path / "state"))
        executor = type("Model", (ModelExecutor,), {"hosts": made.hosts, "outcomes": {}})
        patch.setattr("worldtree.runner.control.executor.RunnerExecutor", executor)
        patch.setattr(
            "worldtree.runner.connect.connection_check.check_connections", lambda *_, **__: ()
        )
        yield made
