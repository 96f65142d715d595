"""What must hold after any crash: no event lost, no step done twice, no process left."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crash import processes
from crash.hosts import LocalHosts
from crash.program import Program
from worldtree.core.journal_events import HEADER_KEY
from worldtree.results.events import EventKind

#: Seconds after the end of ``wt`` within which all processes must end.
_SECONDS = 5.0


def observed_state(program: Program, hosts: LocalHosts) -> dict[str, Any]:
    """Return the state that must not depend on crashes: effects on the hosts, and node results."""
    result = {}
    task, _ = program.last()
    if task:
        with program.store() as store:
            tree = store.result(task)
        result = {n.id: {h: str(r.status) for h, r in n.hosts.items()} for n in tree.nodes}
    return {"effects": dict(hosts.effects()), "nodes": _normalized(result)}


def violations(
    program: Program,
    hosts: LocalHosts,
    wanted: Mapping[str, Any],
    *,
    journals_may_lose: bool = False,
) -> Iterator[str]:
    """Yield a message for each invariant that is violated once the work is done."""
    yield from leftover_processes(program.directory, hosts)
    yield from stream_violations(program, journals_may_lose=journals_may_lose)
    yield from differences(observed_state(program, hosts), wanted)


def differences(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """Yield the differences between a final state and the baseline."""
    for name, value in wanted.items():
        if found.get(name) != value:
            yield f"{name}: {_difference(found.get(name), value)}"


def leftover_processes(directory: Path, hosts: LocalHosts, seconds: float = _SECONDS) -> list[str]:
    """Return a message for each process still alive after ``seconds``, on the hosts too."""
    end = time.monotonic() + seconds
    while (found := _processes(directory, hosts)) and time.monotonic() < end:
        time.sleep(0.1)
    return [f"process left: {words}" for words in found]


def _processes(directory: Path, hosts: LocalHosts) -> list[str]:
    here = [f"{one.pid} {one.words[:200]}" for one in processes.with_home(directory)]
    return here + hosts.left()


def stream_violations(program: Program, *, journals_may_lose: bool = False) -> Iterator[str]:
    """Yield what was lost or stored twice: events by number, journal entries by line.

    With ``journals_may_lose`` a journal may have lost its end in a power failure; the database then
    has at least as many lines.
    """
    with program.store() as store:
        for record in store.list_tasks():
            events = list(store.events(record.id))
            if [event.seq for event in events] != list(range(1, len(events) + 1)):
                yield f"the events of {record.id} are not numbered without gaps"
            runs = {
                event.attempt: record.directory / event.result["directory"]
                for event in events
                if event.kind is EventKind.ATTEMPT_STARTED
            }
            for attempt, directory in runs.items():
                stored = [e.line for e in events if e.attempt == attempt and e.line is not None]
                written = _lines_of_events(directory / "journal.jsonl")
                if stored != sorted(set(stored)):
                    yield f"{attempt}: lines are stored twice or out of order"
                lost = sorted(set(written) - set(stored))
                if lost:
                    yield f"{attempt}: lines {lost} of the journal are not stored"
                if not journals_may_lose and set(stored) - set(written):
                    yield f"{attempt}: stored lines are missing in the journal"


def _lines_of_events(journal: Path) -> list[int]:
    """Return the numbers of the complete lines; the header with the version is no event."""
    if not journal.exists():
        return []
    found = []
    for number, line in enumerate(journal.read_bytes().splitlines(keepends=True), 1):
        try:
            fields = json.loads(line if line.endswith(b"\n") else b"")
        except ValueError:
            continue
        if HEADER_KEY not in fields:
            found.append(number)
    return found


def _normalized(nodes: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Replace all statuses of success by ``done``: a guarded step may be skipped in a rerun."""
    done = {"ok", "changed", "skipped"}
    return {
        name: {host: "done" if s in done else s for host, s in hosts.items()}
        for name, hosts in nodes.items()
    }


def _difference(found: Any, wanted: Any) -> str:
    if not isinstance(found, dict) or not isinstance(wanted, dict):
        return f"{found!r} instead of {wanted!r}"
    keys = [key for key in {**wanted, **found} if found.get(key) != wanted.get(key)]
    some = {key: (found.get(key), wanted.get(key)) for key in keys[:3]}
    return f"{len(keys)} differ, such as {json.dumps(some)}"
