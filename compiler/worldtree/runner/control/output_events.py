"""Events for the values that Ansible tasks published."""

from __future__ import annotations

import json
from collections.abc import Iterator

from worldtree.results.events import Event, EventKind
from worldtree.secrets.live_redactor import HIDDEN


def output_events(event: Event) -> Iterator[Event]:
    """Yield an event for each value that the task of ``event`` published; most publish none.

    A value that was hidden, as the secrets broker had ended, is not one: its readers fail without
    it instead of taking the text in its place. The events have no journal line of their own:
    reading the task's line again yields them again.
    """
    if event.kind is not EventKind.HOST_TASK_FINISHED or event.status not in ("ok", "changed"):
        return
    items = event.result.get("results")
    for one in (event.result, *(items if isinstance(items, list) else ())):
        stats = one.get("ansible_stats") if isinstance(one, dict) else None
        data = stats.get("data") if isinstance(stats, dict) else None
        for name, value in (data if isinstance(data, dict) else {}).items():
            if HIDDEN in json.dumps(value):
                continue
            yield Event(
                kind=EventKind.OUTPUT_PUBLISHED,
                time=event.time,
                attempt=event.attempt,
                node=event.node,
                host=event.host,
                result={"name": str(name), "value": value},
            )
