"""The scheduler on 10,000 simulated nodes: start latency and makespan.

Ansible does not run: an executor reports success on every host after a delay. The state is stored
in a database on disk, as usual. Two graphs: *layered* is as wide as the limit of concurrent runs,
so that no node waits for a slot; *random* is much wider, so that the limit decides.
"""

from __future__ import annotations

import heapq
import random
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from bench.figures import Figure, table
from worldtree.engine.dry_run import dry_run_plan
from worldtree.engine.executors.protocol import OnEnd, OnEvent, RunOutcome, RunRequest
from worldtree.engine.run_options import RunOptions
from worldtree.engine.run_plan import run_plan
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Edge, Node
from worldtree.plan.plan import Plan, PlanHost
from worldtree.plan.policy import DEFAULT_POLICY
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.store.store import Store

NODES = 10_000
RUNS = 64
#: Median, in milliseconds.
BOUND_START = 10.0
#: Ratio to the makespan of list scheduling.
BOUND_MAKESPAN = 1.02
#: Minimum and maximum duration of a node in seconds.
_TAKES = (0.2, 0.6)


def measure(directory: Path) -> list[Figure]:
    """Return the figures of the scheduler."""
    pick = random.Random(20260)  # the same graph every time
    layered, random_plan = _layered(), _random(pick)
    took = {name: pick.uniform(*_TAKES) for name in layered.graph.nodes}
    real = _TimedExecutor(took)
    began = time.monotonic()
    with Store.open(directory) as store:
        task = store.create_task(layered, "apply")
        result = run_plan(
            layered,
            task_id=task.id,
            bundle=directory,
            directory=directory / "attempts",
            executor=real,
            recorder=store.recorder(task.id),
            options=RunOptions(concurrency=RUNS),
        )
    whole = time.monotonic() - began
    real.close()
    assert result.status is TaskStatus.SUCCEEDED
    waits = sorted(real.waits(layered))
    loose = max(real.ended.values()) - min(real.started.values())
    bound = list_schedule(layered, took, RUNS)
    began = time.monotonic()
    seconds = {name: float(pick.randint(1, 60)) for name in random_plan.graph.nodes}
    virtual = dry_run_plan(random_plan, lambda node, _: seconds[node], RunOptions(concurrency=RUNS))
    dry_run_seconds = time.monotonic() - began
    wanted = list_schedule(random_plan, seconds, RUNS)
    middle = statistics.median(waits) * 1000
    late = waits[len(waits) * 95 // 100] * 1000
    rows = [
        ["layered, in real time", f"{loose:.2f}", f"{bound:.2f}", f"{loose / bound:.4f}"],
        [
            "random, on a virtual clock",
            f"{virtual.makespan:.0f}",
            f"{wanted:.0f}",
            f"{virtual.makespan / wanted:.4f}",
        ],
    ]
    worst = max(loose / bound, virtual.makespan / wanted)
    return [
        Figure(
            f"Scheduler: from dependencies done to start, {NODES:,} nodes, {RUNS} concurrent",
            f"median {middle:.1f} ms, 95 of 100 within {late:.1f} ms",
            f"≤ {BOUND_START:.0f} ms median",
            middle <= BOUND_START,
            [
                f"Each node took {_TAKES[0]} to {_TAKES[1]} s; the task took {whole:.1f} s, events "
                f"in SQLite. On a virtual clock {NODES:,} nodes took {dry_run_seconds:.1f} s."
            ],
        ),
        Figure(
            f"Scheduler: makespan of {NODES:,} nodes, {RUNS} concurrent",
            f"{worst:.4f} of list scheduling",
            f"≤ {BOUND_MAKESPAN}",
            worst <= BOUND_MAKESPAN,
            table(["graph", "makespan (s)", "list scheduling (s)", "ratio"], rows),
        ),
    ]


def list_schedule(plan: Plan, took: Mapping[str, float], runs: int) -> float:
    """Return the makespan of list scheduling in plan order, computed without the engine."""
    place = {name: number for number, name in enumerate(plan.graph.nodes)}
    before = dict.fromkeys(place, 0)
    after: dict[str, list[str]] = {name: [] for name in place}
    for edge in plan.graph.edges:
        before[edge.after] += 1
        after[edge.before].append(edge.after)
    ready = [number for name, number in place.items() if not before[name]]
    heapq.heapify(ready)
    names = list(place)
    running: list[tuple[float, int]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < runs:
            number = heapq.heappop(ready)
            heapq.heappush(running, (now + took[names[number]], number))
        now = running[0][0]
        while running and running[0][0] <= now:
            for name in after[names[heapq.heappop(running)[1]]]:
                before[name] -= 1
                if not before[name]:
                    heapq.heappush(ready, place[name])
    return now


class _TimedExecutor:
    """An executor that ends runs after their duration, from one thread."""

    def __init__(self, took: Mapping[str, float]) -> None:
        self._took = took
        self.started: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self._new: SimpleQueue[tuple[float, int, RunRequest, OnEvent, OnEnd] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._tick, daemon=True)
        self._thread.start()

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> _TimedExecutor:
        """Start a run of one node."""
        now = time.monotonic()
        (node,) = request.nodes
        self.started[node] = now
        on_event(_event(EventKind.PLAY_STARTED, request))
        self._new.put((now + self._took[node], len(self.started), request, on_event, on_end))
        return self

    def cancel(self) -> None:
        """Runs end by themselves."""

    def is_alive(self) -> bool:
        """Its end is always reported."""
        return True

    def wait(self, timeout: float | None = None) -> RunOutcome | None:
        """Runs end by themselves."""
        del timeout
        return None

    def close(self) -> None:
        """End the thread."""
        self._new.put(None)
        self._thread.join()

    def waits(self, plan: Plan) -> list[float]:
        """Return the seconds from the end of the last node before each to its start."""
        return [
            self.started[name] - max(self.ended[edge.before] for edge in before)
            for name, before in plan.graph.predecessors.items()
            if before
        ]

    def _tick(self) -> None:
        due: list[tuple[float, int, RunRequest, OnEvent, OnEnd]] = []
        while True:
            timeout = max(0.0, due[0][0] - time.monotonic()) if due else None
            with suppress(Empty):  # The first is due.
                fresh = self._new.get(timeout=timeout)
                if fresh is None:
                    return
                heapq.heappush(due, fresh)
            while due and due[0][0] <= time.monotonic():
                _, _, request, on_event, on_end = heapq.heappop(due)
                for host in request.hosts:
                    on_event(_event(EventKind.HOST_TASK_FINISHED, request, host))
                on_event(Event(kind=EventKind.RUN_STATS, time=0.0, attempt=request.attempt))
                self.ended[request.nodes[0]] = time.monotonic()
                on_end(RunOutcome("finished", rc=0, complete=True))


def _event(kind: EventKind, request: RunRequest, host: str | None = None) -> Event:
    status = "ok" if host else None
    return Event(
        kind=kind,
        time=time.time(),
        attempt=request.attempt,
        node=request.nodes[0],
        host=host,
        name="Simulated" if host else None,
        status=status,
    )


def _layered() -> Plan:
    """Return layers as wide as the limit; each node depends on two of the layer before."""
    edges = []
    for number in range(RUNS, NODES):
        row, place = divmod(number, RUNS)
        for other in (place, (place + 7) % RUNS):
            edges.append(((row - 1) * RUNS + other, number))
    return _plan("layered", edges)


def _random(pick: random.Random) -> Plan:
    """Return a random graph: a node depends on up to three of the 2,000 before it."""
    edges = set()
    for number in range(1, NODES):
        for _ in range(pick.randint(0, 3)):
            edges.add((pick.randint(max(0, number - 2000), number - 1), number))
    return _plan("random", sorted(edges))


def _plan(name: str, edges: Sequence[tuple[int, int]]) -> Plan:
    ids = [f"create-cluster/m{number // 100}/t/n{number % 100}" for number in range(NODES)]
    nodes = {
        one: Node(id=one, kind="command", hosts=(f"h{number % 200}",), policy=DEFAULT_POLICY)
        for number, one in enumerate(ids)
    }
    return Plan(
        cluster=name,
        pipeline="create-cluster",
        hosts=tuple(PlanHost(name=f"h{n}", address="127.0.0.1") for n in range(200)),
        policy=DEFAULT_POLICY,
        graph=ExecutionGraph(
            pipeline="create-cluster",
            nodes=nodes,
            edges=tuple(Edge(before=ids[a], after=ids[b], kind="soft") for a, b in edges),
        ),
    )
