"""One crash: an apply, a kill at a random moment, resumes until it is done, and what must hold."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from crash import victims, work
from worldtree.results.events import EventKind
from worldtree.store.store import Store

ROOT = Path(__file__).parents[2]
_COMMAND = (sys.executable, "-m", "worldtree.cli.entry")
#: Resumes that a crash may take; each may be refused once for a step in doubt.
_RESUMES = 4
_SECONDS = 300


@dataclass
class Crash:
    """What became of one."""

    seed: int
    part: str
    after: float
    resumes: int = 0
    doubts: int = 0
    #: What does not hold; empty is well.
    wrong: list[str] = field(default_factory=list)


class Harness:
    """Kills applies of one document on a directory of its own."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self.directory = directory
        self.target = directory / "target"
        self._environ = {
            **{k: v for k, v in environ.items() if not k.startswith("ANSIBLE_")},
            "PYTHONPATH": str(ROOT / "compiler"),
            "WORLDTREE_HOME": str(directory / "state"),
            "NO_COLOR": "1",
        }
        self._document = directory / "cluster.yaml"
        self._document.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "worldtree.io/v1alpha1",
                    "kind": "Cluster",
                    "metadata": {"name": "crash"},
                    "spec": work.spec(self.target),
                },
                sort_keys=False,
            )
        )

    def undisturbed(self) -> tuple[float, dict[str, Any]]:
        """Apply without a crash; return its seconds and its final state."""
        self._clean()
        began = time.monotonic()
        with self._started("apply", "--yes", "-f", str(self._document)) as process:
            _, said = process.communicate(timeout=_SECONDS)
        took = time.monotonic() - began
        if process.returncode != 0:
            raise RuntimeError(f"the undisturbed apply ended with {process.returncode}: {said}")
        return took, self._state()

    def crash(self, seed: int, length: float, expected: Mapping[str, Any]) -> Crash:
        """Crash an apply once, go on with it, and say what does not hold."""
        chance = random.Random(seed)
        found = Crash(seed, chance.choice(victims.PARTS), chance.uniform(0.3, length))
        self._clean()
        with self._started("apply", "--yes", "-f", str(self._document)) as process:
            time.sleep(found.after)
            victims.kill(found.part, process.pid)
            process.communicate(timeout=_SECONDS)
        self._go_on(found)
        self._look(found, expected)
        return found

    # ---- parts ---------------------------------------------------------------------------------

    def _clean(self) -> None:
        for directory in (self.target, self.directory / "state"):
            shutil.rmtree(directory, ignore_errors=True)
        self.target.mkdir(parents=True)

    def _go_on(self, found: Crash) -> None:
        """Resume until all is done; where a step is in doubt, its file says what holds."""
        with Store.open(self.directory / "state") as store:
            tasks = store.list_tasks()
        if not tasks:  # Killed before there was a task: nothing was begun.
            code, said = self._wt("apply", "--yes", "-f", str(self._document))
            if code != 0:
                found.wrong.append(f"the apply after it ended with {code}: {said}")
            return
        answer: list[str] = []
        for _ in range(_RESUMES):
            if self._status() == "succeeded":
                return
            found.resumes += 1
            code, said = self._wt("resume", "--yes", *answer)
            answer = []
            if code == 4 and "may have had its effect" in said:
                found.doubts += 1
                answer = ["--interrupted", self._truth(said)]

    def _truth(self, said: str) -> str:
        """Look on the host, as the message asks to."""
        node = next(word for word in said.split() if word.startswith("create-cluster/bare"))
        file = self.target / f"bare-{node.replace('/', '.')}-h1"
        return "done" if file.exists() else "rerun"

    def _look(self, found: Crash, expected: Mapping[str, Any]) -> None:
        state = self._state()
        for name, wanted in expected.items():
            if state.get(name) != wanted:
                found.wrong.append(f"{name}: {_difference(state.get(name), wanted)}")
        found.wrong += [f"process left: {line}" for line in self._left()]
        found.wrong += self._broken_streams()

    def _left(self) -> list[str]:
        end = time.monotonic() + 5
        marks = {"home": str(self.directory)}
        while (found := victims.left(marks)) and time.monotonic() < end:
            time.sleep(0.1)
        return found

    def _state(self) -> dict[str, Any]:
        """Return what must not depend on crashes."""
        result = {}
        with Store.open(self.directory / "state") as store:
            records = store.list_tasks(limit=1)
            if records:
                tree = store.result(records[0].id)
                result = {
                    node.id: {
                        "status": str(node.status),
                        "hosts": {h: str(r.status) for h, r in node.hosts.items()},
                    }
                    for node in tree.nodes
                }
        return {"effects": dict(work.effects(self.target)), "nodes": _settled(result)}

    def _status(self) -> str:
        with Store.open(self.directory / "state") as store:
            records = store.list_tasks(limit=1)
            return str(records[0].status) if records else ""

    def _broken_streams(self) -> Iterator[str]:
        """Yield what was lost or doubled: events by number, and journals by line."""
        with Store.open(self.directory / "state") as store:
            for record in store.list_tasks():
                events = list(store.events(record.id))
                if [event.seq for event in events] != list(range(1, len(events) + 1)):
                    yield f"the events of {record.id} are not numbered without gaps"
                directories = {
                    event.attempt: Path(event.result["directory"])
                    for event in events
                    if event.kind is EventKind.ATTEMPT_STARTED
                }
                for attempt, directory in directories.items():
                    stored = [e.line for e in events if e.attempt == attempt and e.line is not None]
                    written = _whole_lines(directory / "journal.jsonl")
                    if stored != list(range(1, written + 1)):
                        yield f"{attempt}: {written} lines in the journal, {stored} stored"

    def _wt(self, *arguments: str) -> tuple[int, str]:
        with self._started(*arguments) as process:
            _, said = process.communicate(timeout=_SECONDS)
        return process.returncode, said

    @contextmanager
    def _started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            [*_COMMAND, *arguments],
            cwd=self.directory,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()


def _settled(nodes: Mapping[str, Any]) -> dict[str, Any]:
    """A guarded step that is run again finds its work done: ``skipped`` or ``ok`` is as good."""
    done = {"ok", "changed", "skipped"}
    return {
        name: {host: "done" if s in done else s for host, s in node["hosts"].items()}
        for name, node in nodes.items()
    }


def _whole_lines(journal: Path) -> int:
    if not journal.exists():
        return 0
    return sum(line.endswith(b"\n") for line in journal.read_bytes().splitlines(keepends=True))


def _difference(found: Any, wanted: Any) -> str:
    if not isinstance(found, dict) or not isinstance(wanted, dict):
        return f"{found!r} instead of {wanted!r}"
    keys = [key for key in {**wanted, **found} if found.get(key) != wanted.get(key)]
    some = {key: (found.get(key), wanted.get(key)) for key in keys[:3]}
    return f"{len(keys)} differ, such as {json.dumps(some)}"
