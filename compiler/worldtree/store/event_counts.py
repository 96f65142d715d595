"""What the events of a transaction add to the counters."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.counters import Counter, Counts
from worldtree.store.schema import tasks

#: Upper bounds in seconds of the durations of tasks that are counted together.
DURATION_BUCKETS = (5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200)
#: In the place of a bound: longer ones.
UNBOUNDED = "+Inf"

#: Built once, as it runs for each task.
_TASK = select(tasks.c.command, tasks.c.status, tasks.c.started, tasks.c.ended).where(
    tasks.c.id == bindparam("the_task")
)
_BEGINS = (EventKind.TASK_STARTED, EventKind.TASK_RESUMED)


def event_counts(connection: Connection, task: str, new: Sequence[Event]) -> Counts:
    """Return what ``new`` events of a task add; before the rows are derived from them."""
    found: Tally[tuple[Counter, str]] = Tally({(Counter.EVENTS, ""): len(new)})
    for event in new:
        if event.kind is EventKind.NODE_FINISHED:
            found.update(
                (Counter.STEP_EXECUTIONS, str(host["status"]))
                for host in event.result.get("hosts", {}).values()
                # What a rollback has undone has ended before.
                if "status" in host and not host.get("undone")
            )
    counts: dict[tuple[Counter, str], float] = dict(found)
    end = next((event for event in new if event.kind is EventKind.TASK_FINISHED), None)
    if end is not None:
        counts |= _end_counts(connection, task, new, end)
    return counts


def _end_counts(connection: Connection, task: str, new: Sequence[Event], end: Event) -> Counts:
    """Return what the end of a task adds: nothing for an imported one, which ran elsewhere."""
    row = connection.execute(_TASK, {"the_task": task}).one_or_none()
    if row is None or end.status is None or row.command == TaskCommand.IMPORT.value:
        return {}
    begins = [event.time for event in new if event.kind in _BEGINS]
    ended = {(Counter.TASK_ENDS, end.status): 1.0}
    if row.ended is not None and not begins:
        # A rollback repeats the end of the task that it undoes.
        is_undone = end.status == TaskStatus.ROLLED_BACK.value != row.status
        return ended if is_undone else {}
    started = row.started if row.started is not None else next(iter(begins), None)
    if started is None:
        return ended
    seconds = max(0.0, (end.ended or end.time) - started)
    bucket = next((str(top) for top in DURATION_BUCKETS if seconds <= top), UNBOUNDED)
    return {
        **ended,
        (Counter.TASK_DURATIONS, f"{row.command} {bucket}"): 1.0,
        (Counter.TASK_SECONDS, row.command): seconds,
    }
