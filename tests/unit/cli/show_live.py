"""Shows the live display with made-up events, for looking at it by hand: nothing is run.

python -m unit.cli.show_live [BRANCHES [HOSTS]]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

from worldtree.cli.progress.display_choice import choose_progress
from worldtree.results.events import Event, EventKind

_OUTPUT = "\n".join(f"line {n} of a long output \x1b[31mred\x1b[0m {'x' * n}" for n in range(90))


def events(branches: int, hosts: int) -> Iterator[Event]:
    """Yield a run of ``branches`` side by side, two nodes deep, every seventh failing."""
    names = [f"host{n}" for n in range(hosts)]
    first = [f"p/module{n}/a-rather-long-task-name/install" for n in range(branches)]
    second = [f"p/module{n}/check/verify" for n in range(branches)]

    def event(kind: EventKind, **fields: Any) -> Event:
        return Event(kind=kind, time=time.time(), **fields)

    nodes = [{"id": node, "hosts": names} for node in (*first, *second)]
    yield event(EventKind.TASK_STARTED, result={"nodes": nodes})
    for node in first:
        yield event(EventKind.NODE_STARTED, node=node)
    for place, (node, after) in enumerate(zip(first, second, strict=True)):
        fails = place % 7 == 3
        for host in names:
            yield event(EventKind.HOST_TASK_STARTED, node=node, host=host, name="安装 the package")
            yield event(
                EventKind.HOST_TASK_FINISHED,
                node=node,
                host=host,
                name="安装 the package",
                status="failed" if fails else "changed",
                message="The package `app` has no candidate" if fails else None,
                stderr=_OUTPUT if fails else None,
            )
        time.sleep(0.5)
        yield event(EventKind.NODE_FINISHED, node=node, status="failed" if fails else "succeeded")
        if fails:
            yield event(EventKind.NODE_SKIPPED, node=after, caused_by=node)
        else:
            yield event(EventKind.NODE_STARTED, node=after)
    for node in second:
        yield event(EventKind.NODE_FINISHED, node=node, status="succeeded")


def main(arguments: list[str]) -> None:
    """Play the events."""
    branches, hosts = ([int(word) for word in arguments] + [30, 3][len(arguments) :])[:2]
    told = list(range(branches))
    layers = [[f"p/module{n}/a-rather-long-task-name/install" for n in told]]
    progress = choose_progress(None, [*layers, [f"p/module{n}/check/verify" for n in told]])
    time.sleep(1)
    for event in events(branches, hosts):
        progress.add(event)
    time.sleep(1)
    progress.close()


if __name__ == "__main__":
    main(sys.argv[1:])
