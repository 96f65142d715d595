"""The ingest benchmark ingests every event through the real code."""

from __future__ import annotations

from pathlib import Path

from bench import ingest
from worldtree.results.events import EventKind
from worldtree.store.store import Store


def test_every_line_of_the_journal_is_ingested(tmp_path: Path) -> None:
    ingest._write_journal(tmp_path / "journal", 3000)
    found = ingest._ingest(tmp_path / "home", tmp_path / "journal", 3000)
    assert found["seconds"] > 0
    assert 3000 in found["memory"]
    with Store.open(tmp_path / "home") as store:
        events = list(store.events(store.task("latest").id))
        assert store.last_line(ingest._ATTEMPT) == 3000
    assert len(events) == 3002
    assert {event.kind for event in events} >= {
        EventKind.PLAY_STARTED,
        EventKind.HOST_TASK_STARTED,
        EventKind.HOST_TASK_FINISHED,
    }
