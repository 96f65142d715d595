"""Events for the values that Ansible tasks published."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.results.events import Event, EventKind


def output_events(event: Event) -> Iterator[Event]:
    """Yield an event for each value that the task of ``event`` published; most publish none.

    The events have no journal line of their own: reading the task's line again yields them again.
    """
    if event.kind is not EventKind.HOST_TASK_FINISHED or event.status not in ("ok", "changed"):
        return
    items = event.result.get("results")
    for one in (event.result, *(items if isinstance(items, list) else ())):
        stats = one.get("ansible_stats") if isinstance(one, dict) else None
        data = stats.get("data") if isinstance(stats, dict) else None
        for name, value in (data if isinstance(data, dict) else {}).items():
            yield Event(
                kind=EventKind.OUTPUT_PUBLISHED,
                time=event.time,
                attempt=event.attempt,
                node=event.node,
                host=event.host,
                result={"name": str(name), "value": value},
            )
