"""The journal: appended whole, read while it is written, and it knows when something is missing."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from worldtree.runner.inside import journal
from worldtree.runner.inside.journal import CLOSING_EVENT, JournalReader, JournalWriter


def written(path: Path, *events: dict[str, object]) -> None:
    """Append events numbered from 1."""
    writer = JournalWriter(path)
    for number, event in enumerate(events, 1):
        writer.append({"n": number, **event})


WORK = ({"event": "runner_on_start", "host": "h"}, {"event": "runner_on_ok", "host": "h"})


def test_is_private(tmp_path: Path) -> None:
    written(tmp_path / "j")
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600


def test_whole_journal_has_no_trouble(tmp_path: Path) -> None:
    written(tmp_path / "j", *WORK, {"event": CLOSING_EVENT})
    reader = JournalReader(tmp_path / "j")
    assert [(line, fields["event"]) for line, fields in reader.read()] == [
        (1, "runner_on_start"),
        (2, "runner_on_ok"),
        (3, CLOSING_EVENT),
    ]
    assert reader.defect is None


def test_line_that_is_half_there_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_text('{"n": 1, "event"')
    reader = JournalReader(path)
    assert list(reader.read()) == []
    with path.open("a") as file:
        file.write(': "runner_on_ok", "host": "h"}\n')
    assert [line for line, _ in reader.read()] == [1]
    assert list(reader.read()) == []


def test_reading_goes_on_after_the_lines_that_are_known(tmp_path: Path) -> None:
    written(tmp_path / "j", *WORK, {"event": CLOSING_EVENT})
    reader = JournalReader(tmp_path / "j", after=2)
    assert [line for line, _ in reader.read()] == [3]
    assert reader.defect is None


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("", "it ends after event 0"),
        ('{"n":1,"event":"runner_on_ok","host":"h"}\n', "it ends after event 1"),
        ('{"n":2,"event":"playbook_on_stats"}\n', "event 1 is missing"),
        ('{"n":1,"ev\n{"n":2,"event":"playbook_on_stats"}\n', "line 1 is incomplete"),
    ],
)
def test_gaps_are_reported(tmp_path: Path, text: str, trouble: str) -> None:
    (tmp_path / "j").write_text(text)
    reader = JournalReader(tmp_path / "j")
    list(reader.read())
    assert reader.defect == trouble


def test_hosts_in_the_middle_of_a_task_are_known(tmp_path: Path) -> None:
    written(tmp_path / "j", *WORK, {"event": "runner_on_start", "host": "other"})
    reader = JournalReader(tmp_path / "j")
    list(reader.read())
    assert list(reader.hosts_in_task) == ["other"]


def test_words_around_the_events_are_not_counted(tmp_path: Path) -> None:
    """Ansible's warnings are added by the supervisor, which does not number them."""
    writer = JournalWriter(tmp_path / "j")
    writer.append({"event": "warning", "text": "careful"})
    writer.append({"n": 1, "event": CLOSING_EVENT})
    reader = JournalReader(tmp_path / "j")
    assert [line for line, _ in reader.read()] == [1, 2]
    assert reader.defect is None


def test_what_json_has_no_form_for_is_written_all_the_same(tmp_path: Path) -> None:
    class EncryptedString:
        def __str__(self) -> str:
            return "clear text"

    moment = datetime(2026, 1, 2, tzinfo=UTC)
    odd = [b"\xff", {1}, moment, "\udcff", EncryptedString()]
    JournalWriter(tmp_path / "j").append({"res": odd})
    ((_, fields),) = JournalReader(tmp_path / "j").read()
    assert fields["res"] == ["\ufffd", [1], "2026-01-02T00:00:00+00:00", "?", "********"]


_LONG = "é\x00\n" * 500_000
_VALUES = st.one_of(
    st.none(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters(codec=None), max_size=20),
    st.binary(max_size=20),
    st.datetimes(),
    st.sampled_from([_LONG, _LONG + "\ud800"]),
)


@settings(max_examples=examples(25))
@given(st.dictionaries(st.text(max_size=5), _VALUES, max_size=5))
def test_large_outputs_are_written_as_small_ones_are(res: dict[str, object]) -> None:
    """Faster, but to the letter: secrets are looked for in what is written."""
    fields = {"n": 1, "event": "runner_on_ok", "host": "h", "res": res}
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "j"
        JournalWriter(path).append(fields)
        [(_, found)] = JournalReader(path).read()
        written = path.read_bytes()
    slow = journal._to_json(fields)
    assert written == slow + b"\n"
    assert found == json.loads(slow)
