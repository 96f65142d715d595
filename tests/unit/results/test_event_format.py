"""Events of earlier versions are read, those of newer ones are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from worldtree.core.format_versions import UnreadableFormatError
from worldtree.results.event_format import EVENT_FORMAT, event_of
from worldtree.results.events import EventKind
from worldtree.results.fold import fold
from worldtree.results.host_reason import HostReason
from worldtree.results.status import NodeStatus, TaskStatus

SAMPLES = sorted((Path(__file__).parent / "samples").glob("events-*.jsonl"))


def test_every_earlier_version_has_a_sample() -> None:
    """An upgrade comes with events that the version before it wrote."""
    earlier = range(1, EVENT_FORMAT.version)
    assert [path.name for path in SAMPLES] == [f"events-{number}.jsonl" for number in earlier]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_events_of_an_earlier_version_are_upgraded(sample: Path) -> None:
    """They fold, and what only the message said is a reason."""
    lines = sample.read_text(encoding="utf-8").splitlines()
    events = [event_of(json.loads(line)) for line in lines]
    reused = [event for event in events if event.kind is EventKind.NODE_REUSED]
    assert reused
    for event in reused:
        found = {host["reason"] for host in event.result["hosts"].values()}
        assert found == {HostReason.UNKNOWN_UNTIL_RUN}
    slow = next(node for node in fold(events).nodes if node.id == reused[0].node)
    assert {host.reason for host in slow.hosts.values()} == {HostReason.UNKNOWN_UNTIL_RUN}


def test_a_cancelled_run_of_an_earlier_version_is_read_as_before() -> None:
    """Its stored ends of nodes say `failed`; what is folded of its events says the same."""
    sample = Path(__file__).parent / "samples" / "events-4.jsonl"
    lines = sample.read_text(encoding="utf-8").splitlines()
    events = [event_of(json.loads(line)) for line in lines]
    result = fold(events)
    assert result.status is TaskStatus.CANCELLED
    (held,) = [node for node in result.nodes if node.status is NodeStatus.CANCELLED]
    stored = next(one for one in events if one.node == held.id and "hosts" in one.result)
    statuses = {name: host["status"] for name, host in stored.result["hosts"].items()}
    assert statuses == {"a": "failed", "b": "not-run"}
    assert {name: host.status.value for name, host in held.hosts.items()} == statuses


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (
            {"version": EVENT_FORMAT.version + 1},
            f"this program reads up to version {EVENT_FORMAT.version}",
        ),
        ({"version": "two"}, "has version two"),
        ({"shiny": 1}, "unknown fields: `shiny`"),
    ],
)
def test_a_newer_event_is_refused(data: dict[str, object], why: str) -> None:
    """The message says what is not understood, and the hint what to use."""
    with pytest.raises(UnreadableFormatError, match=why) as refused:
        event_of({"kind": "run-message", "time": 1.0, **data})
    assert "newer" in refused.value.hint
