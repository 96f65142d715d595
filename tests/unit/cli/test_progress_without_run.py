"""What the displays say of nodes that end without a run, as when a task is resumed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from worldtree.cli.progress.display_choice import ProgressDisplay
from worldtree.cli.progress.live import LiveProgress
from worldtree.cli.progress.plain import PlainProgress
from worldtree.results.events import Event, EventKind

#: What prior results and the end of a node on two hosts say -> what follows its name in a display.
ENDS: dict[str, tuple[dict[str, str], str, dict[str, str], str]] = {
    "its other host was dropped": (
        {"a": "changed"},
        "succeeded",
        {},
        "○ not run, done before on 1 of 2 hosts",
    ),
    "done before on all hosts": (
        {"a": "ok", "b": "changed"},
        "succeeded",
        {},
        "○ not run, done before on 2 hosts",
    ),
    "unchanged": ({"a": "skipped", "b": "skipped"}, "skipped", {}, "○ skipped"),
    "cancelled before": ({}, "cancelled", {}, "■ cancelled, not run"),
    "its host does not answer": (
        {"a": "unreachable"},
        "failed",
        {"a": "unreachable"},
        "✘ failed, not run, 1 unreachable",
    ),
}


@pytest.mark.parametrize(("known", "status", "lost", "words"), ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("live", [False, True])
def test_a_node_that_ended_without_a_run(
    capsys: pytest.CaptureFixture[str],
    known: dict[str, str],
    status: str,
    lost: dict[str, str],
    words: str,
    live: bool,
) -> None:
    """It did not succeed now, and took no time."""

    def event(kind: EventKind, **fields: Any) -> Event:
        return Event(kind=kind, time=1767225600.0, **fields)

    def by_host(statuses: dict[str, str]) -> dict[str, Any]:
        return {"hosts": {host: {"status": one, "message": ""} for host, one in statuses.items()}}

    out = io.StringIO()
    progress: ProgressDisplay = PlainProgress()
    if live:
        progress = LiveProgress(
            Console(file=out, force_terminal=True, width=120, color_system=None)
        )
    nodes = [{"id": "p/m/t/s", "hosts": ["a", "b"]}]
    progress.add(event(EventKind.TASK_RESUMED, result={"nodes": nodes}))
    if known:
        progress.add(event(EventKind.NODE_REUSED, node="p/m/t/s", result=by_host(known)))
    ended = event(EventKind.NODE_FINISHED, node="p/m/t/s", status=status, result=by_host(lost))
    progress.add(ended)
    progress.close()
    shown = out.getvalue() if live else capsys.readouterr().err
    (line,) = [line for line in shown.splitlines() if "m/t/s" in line and "running" not in line]
    assert "0.0s" not in line
    symbol, _, rest = words.partition(" ")
    assert line.index(symbol) < line.index("m/t/s")
    said = line.partition("m/t/s")[2].replace(",", " ").split()
    assert said == rest.replace(",", " ").split()
