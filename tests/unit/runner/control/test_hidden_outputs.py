"""A published value that was hidden is not an output."""

from __future__ import annotations

from typing import Any

from worldtree.results.events import Event, EventKind
from worldtree.runner.control.output_events import output_events
from worldtree.secrets.live_redactor import HIDDEN


def test_a_hidden_value_is_not_passed_on() -> None:
    """The text in its place would be taken for the value."""
    data: dict[str, Any] = {"port": 80, "name": HIDDEN, "all": ["a", HIDDEN], "said": "a"}
    event = Event(
        kind=EventKind.HOST_TASK_FINISHED,
        time=1,
        attempt="x",
        node="work",
        host="h1",
        status="ok",
        result={"ansible_stats": {"data": data}},
    )
    found = {one.result["name"]: one.result["value"] for one in output_events(event)}
    assert found == {"port": 80, "said": "a"}
