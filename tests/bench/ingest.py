"""Rate and memory of ingesting events from the journal of an attempt into the database.

It uses the real path: journal reader, translation, fold of the scheduler, recorder.
Run as ``python -m bench.ingest HOME JOURNAL EVENTS`` it ingests once and prints the measurements.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

from bench.figures import Figure, table
from bench.measure import environment

#: Required events per second.
RATE = 5_000
#: Maximum ratio of memory after all events to memory after a tenth of them.
GROWTH = 1.1
_EVENTS = int(os.environ.get("WORLDTREE_BENCH_EVENTS", "1000000"))
#: Events per transaction: as many as arrive while the previous one is written.
_BATCH = 500
_ATTEMPT = "bench.000001"
_NODES = [f"create-cluster/bench/task/node-{n}" for n in range(20)]
_HOSTS = [f"web{n}" for n in range(50)]


def measure(directory: Path) -> list[Figure]:
    """Return the figures of rate and memory."""
    journal = directory / "journal.jsonl"
    _write_journal(journal, _EVENTS)
    line = [sys.executable, "-m", "bench.ingest", str(directory / "home"), str(journal)]
    env = {**environment(directory / "home"), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [*line, str(_EVENTS)], env=env, check=True, stdout=subprocess.PIPE, text=True
    )
    found = json.loads(done.stdout)
    rate = _EVENTS / found["seconds"]
    marks = {int(events): bytes_ for events, bytes_ in found["memory"].items()}
    growth = marks[_EVENTS] / marks[_EVENTS // 10]
    memory = [[f"{events:,}", f"{size / 2**20:,.0f} MiB"] for events, size in marks.items()]
    return [
        Figure(
            f"Ingest: {_EVENTS:,} events from a journal into SQLite",
            f"{rate:,.0f} events/s",
            f"≥ {RATE:,} events/s",
            rate >= RATE,
            table(
                ["", ""],
                [
                    ["journal", f"{journal.stat().st_size / 2**20:,.0f} MiB"],
                    ["database", f"{found['database'] / 2**20:,.0f} MiB"],
                    ["slowest tenth", f"{found['slowest']:,.0f} events/s"],
                    ["CPU", f"{found['cpu']:.1f} s of {found['seconds']:.1f} s"],
                ],
            ),
        ),
        Figure(
            f"Memory while {_EVENTS:,} events are ingested",
            f"× {growth:.2f}",
            f"≤ × {GROWTH} of that at a tenth of them",
            growth <= GROWTH,
            table(["events", "resident"], memory),
        ),
    ]


def _write_journal(path: Path, events: int) -> None:
    """Write ``events`` lines: start and end of tasks on hosts, and some starts of plays."""
    per_node = -(-events // len(_NODES))
    said = {"changed": True, "rc": 0, "cmd": ["/usr/bin/true", "--verbose"], "stdout": "x" * 200}
    with path.open("w", encoding="utf-8") as file:
        for number in range(1, events + 1):
            place = number - 1
            fields: dict[str, Any] = {"n": number, "created": 1.7e9 + number / 1000}
            fields["play"] = _NODES[place // per_node]
            if place % per_node == 0:
                fields["event"] = "playbook_on_play_start"
            else:
                fields["host"] = _HOSTS[place // 2 % len(_HOSTS)]
                fields["task"] = f"Do the work of step {place // 100 % 10}"
                fields["action"] = "ansible.builtin.command"
                fields["event"] = "runner_on_ok" if place % 2 else "runner_on_start"
                if place % 2:
                    fields["res"] = {**said, "stderr": f"{number}"}
            file.write(json.dumps(fields, separators=(",", ":")) + "\n")


def _ingest(home: Path, journal: Path, events: int) -> dict[str, Any]:
    """Ingest the journal as the scheduler does; return the measurements."""
    from worldtree.plan.execution_graph import ExecutionGraph
    from worldtree.plan.plan import Plan
    from worldtree.plan.policy import DEFAULT_POLICY
    from worldtree.results.events import Event, EventKind
    from worldtree.results.fold import Fold
    from worldtree.runner.control.translate import translate
    from worldtree.runner.inside.journal import JournalReader
    from worldtree.store.store import Store

    graph = ExecutionGraph(pipeline="create-cluster", nodes={}, edges=())
    plan = Plan(
        cluster="bench", pipeline="create-cluster", hosts=(), policy=DEFAULT_POLICY, graph=graph
    )
    memory: dict[int, int] = {}
    tenths: list[float] = []
    with Store.open(home) as store:
        task = store.create_task(plan, "apply")
        recorder, fold = store.recorder(task.id), Fold(keep_tasks=False)
        nodes = [{"id": node, "hosts": _HOSTS} for node in _NODES]
        known = {"task_id": task.id, "cluster": "bench", "pipeline": plan.pipeline, "nodes": nodes}
        run = {"nodes": _NODES, "hosts": _HOSTS}
        head = [
            Event(kind=EventKind.TASK_STARTED, time=time.time(), result=known),
            Event(kind=EventKind.ATTEMPT_STARTED, time=1.0, attempt=_ATTEMPT, result=run),
        ]
        for event in head:
            fold.add(event)
        recorder.record(head)
        lines = JournalReader(journal).read()
        began, cpu = time.perf_counter(), time.process_time()
        count, last = 0, began
        while batch := list(islice(lines, _BATCH)):
            found = [translate(fields, _ATTEMPT, line) for line, fields in batch]
            translated = [event for event in found if event is not None]
            for event in translated:
                fold.add(event)
            count += len(recorder.record(translated))
            if count % (events // 10) == 0:
                memory[count] = _resident()
                now = time.perf_counter()
                tenths.append(now - last)
                last = now
        seconds = time.perf_counter() - began
        if count != events:
            raise RuntimeError(f"{count} of {events} events were ingested")
        return {
            "seconds": seconds,
            "cpu": time.process_time() - cpu,
            "memory": memory,
            "slowest": events / 10 / max(tenths),
            "database": sum(path.stat().st_size for path in home.glob("worldtree.db*")),
        }


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    print(json.dumps(_ingest(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
