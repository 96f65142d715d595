"""The benchmarks report all figures, including missed bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import __main__ as program
from bench import documents
from bench.figures import Figure, page
from bench.measure import Command, Sample, median_sample, ratio, run_in_turn
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.documents.document_service import DocumentService

MET = Figure("Start-up", "0.10 s", "≤ 0.3 s", ok=True)
MISSED = Figure("Overhead", "× 1.30", "≤ × 1.10", ok=False, detail=["Where the time goes."])


def test_a_miss_is_shown_as_a_miss() -> None:
    """The table shows missed and met bounds."""
    text = page([MET, MISSED])
    assert "| Start-up | 0.10 s | ≤ 0.3 s | met |" in text
    assert "| Overhead | × 1.30 | ≤ × 1.10 | **missed** |" in text
    assert "## Overhead\n\nWhere the time goes." in text


@pytest.mark.parametrize(("figure", "code"), [(MET, 0), (MISSED, 1)])
def test_a_miss_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, figure: Figure, code: int
) -> None:
    """The exit code is 1, and the page is written."""
    monkeypatch.setattr(program, "_ALL", {"one": lambda _directory: [figure]})
    monkeypatch.setattr(program, "_PAGE", tmp_path / "benchmarks.md")
    assert program.main([]) == code
    assert figure.name in (tmp_path / "benchmarks.md").read_text(encoding="utf-8")


def test_commands_run_in_turn(tmp_path: Path) -> None:
    """The warm-up is not counted; the action before a run sets its variables."""
    log = tmp_path / "log"
    script = f"import os; open({str(log)!r}, 'a').write(os.environ['WHO'])"
    commands = [
        Command(["python", "-c", script], tmp_path, {}, lambda who=who: {"WHO": who})
        for who in "ab"
    ]
    first, second = run_in_turn(*commands, rounds=2)
    assert log.read_text() == "ababab"
    assert (len(first), len(second)) == (2, 2)
    assert median_sample(first).peak > 1000


def test_a_failing_command_stops_the_benchmark(tmp_path: Path) -> None:
    """The time of a failed command means nothing."""
    with pytest.raises(RuntimeError, match="exited with 3:\nbroken"):
        Command(["python", "-c", "print('broken'); exit(3)"], tmp_path, {}).run()


def test_ratios_are_of_pairs() -> None:
    """A machine that becomes slower between rounds does not change the ratio."""
    slow, fast = Sample(20, 1, 1), Sample(2, 1, 1)
    assert ratio([slow, fast], [Sample(10, 1, 1), Sample(1, 1, 1)]) == 2


@pytest.mark.parametrize(
    ("spec", "nodes"),
    [
        (documents.chain([{"name": "h", "connection": "local"}], None, work="/tmp/w"), 10),
        (documents.chain([{"name": "h"}], {"user": "root"}, work="/var/lib/w"), 10),
        (documents.branches(4, 5), 4),
        (documents.nodes(200), 200),
        (documents.hosts(40), 50),
    ],
)
def test_documents_are_valid_and_as_large_as_they_say(
    tmp_path: Path, spec: documents.Data, nodes: int
) -> None:
    """An invalid or smaller document would falsify the figures."""
    for name, text in documents.TEMPLATES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    plan = DocumentService().plan(DocumentRequest(documents.write(tmp_path, "measured", spec))).plan
    assert len(plan.graph.nodes) == nodes
