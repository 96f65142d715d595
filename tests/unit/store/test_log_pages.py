"""Pages of logs: ranges, filters and search, on each database."""

from __future__ import annotations

from itertools import product

import pytest

from unit.store.task_writer import TaskWriter, line
from worldtree.results.events import Event, EventKind
from worldtree.results.log_level import LogLevel
from worldtree.store import log_pages
from worldtree.store.log_pages import LogPage, LogQuery
from worldtree.store.store import Store


def _numbers(page: LogPage) -> list[int]:
    return [line.fields["seq"] for line in page.lines]


@pytest.fixture
def task(any_store: Store) -> str:
    """A task with an event of each kind of line; the numbers are in the comments."""
    writer = TaskWriter(any_store)  # 1
    writer.write(
        [
            line("all fine"),  # 2
            line("100% done_now", status="changed", host="h2"),  # 3
            line("boom", status="failed", stderr='said "no"\nand left', node="p/m/t/b"),  # 4
            line("no matter", status="failed", ignored=True),  # 5
            line("again", kind=EventKind.HOST_TASK_RETRIED, status="failed"),  # 6
            Event(kind=EventKind.RUN_MESSAGE, time=1.0, status="warning", message="Vorsicht Ä"),
            Event(kind=EventKind.RUN_MESSAGE, time=1.0, status="error", message="end of it"),  # 8
            Event(kind=EventKind.RUN_MESSAGE, time=1.0, message="by the way"),  # 9
            line("cut off", status="unreachable"),  # 10
            line("left out", status="skipped", node="p/m2/t/a"),  # 11
            Event(kind=EventKind.NODE_STARTED, time=1.0, node="p/m/t/a"),  # 12
            line("bytes \udcff Ärger", status="failed"),  # 13
            line("large", stdout="x" * 200_000 + " Needle in the output"),  # 14
            line("status", result={"status": "failed", "text": "hidden needle"}),  # 15
        ]
    )
    return writer.task


#: The numbers of all lines.
_ALL = [*range(2, 12), 13, 14, 15]
_CASES = [
    (LogQuery(), _ALL),
    (LogQuery(first=4, limit=2), [4, 5]),
    (LogQuery(first=12), [13, 14, 15]),
    (LogQuery(first=16), []),
    (LogQuery(first=1000), []),
    (LogQuery(newest=True, limit=3), [13, 14, 15]),
    (LogQuery(newest=True, before=13, limit=2), [10, 11]),
    (LogQuery(first=4, before=6), [4, 5]),
    (LogQuery(before=1, newest=True), []),
    (LogQuery(hosts=["h2"]), [3]),
    (LogQuery(hosts=["h2", "h3"]), [3]),
    (LogQuery(nodes=["p/m/t/b"]), [4]),
    (LogQuery(nodes=["p/m2", "p/m/t/b"]), [4, 11]),
    (LogQuery(nodes=["p/m/t/"]), []),
    (LogQuery(levels=[LogLevel.FAILED]), [4, 8, 10, 13]),
    (LogQuery(levels=[LogLevel.IGNORED]), [5]),
    (LogQuery(levels=[LogLevel.RETRIED, LogLevel.WARNING]), [6, 7]),
    (LogQuery(levels=[LogLevel.INFO]), [9]),
    (LogQuery(levels=[LogLevel.CHANGED]), [3]),
    (LogQuery(levels=[LogLevel.OK]), [2, 14, 15]),
    (LogQuery(levels=[LogLevel.SKIPPED]), [11]),
    (LogQuery(search="BOOM"), [4]),
    (LogQuery(search="100%"), [3]),
    (LogQuery(search="e_n"), [3]),
    (LogQuery(search='said "no"\nand'), [4]),
    (LogQuery(search="Ä"), [7, 13]),
    (LogQuery(search="needle"), [14]),
    (LogQuery(search="needle", newest=True), [14]),
    (LogQuery(search="status"), [15]),
    (LogQuery(search="~"), []),
    (LogQuery(search="m2/t"), [11]),
    (LogQuery(search="left", levels=[LogLevel.FAILED]), [4]),
]


def test_lines_are_chosen(any_store: Store, task: str) -> None:
    """A page has exactly the lines that the query wants, in the order of their numbers."""
    found = [(query, _numbers(any_store.log_page(task, query))) for query, _ in _CASES]
    assert found == _CASES


def test_pages_fit_together(any_store: Store, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page, forwards or backwards, each line comes once, whatever a query looks at."""
    for window, limit, newest in product((2, 20_000), (1, 2, 5, 13, 100), (False, True)):
        monkeypatch.setattr(log_pages, "_WINDOW", window)
        pages = [page := any_store.log_page(task, LogQuery(limit=limit, newest=newest))]
        while page.has_more:
            query = LogQuery(limit=limit, first=page.end)
            if newest:
                query = LogQuery(limit=limit, newest=True, before=page.first)
            page = any_store.log_page(task, query)
            pages.append(page)
        pages = pages[::-1] if newest else pages
        assert [number for page in pages for number in _numbers(page)] == _ALL
        assert [page.end for page in pages[:-1]] == [page.first for page in pages[1:]]
        assert (pages[0].first, pages[-1].end) == (1, 16)


def test_search_without_time_continues(any_store: Store, task: str) -> None:
    """A search that ran out of time says where to continue; a large page ends early, too."""
    page = any_store.log_page(task, LogQuery(search="nowhere", seconds=0))
    assert (page.lines, page.first, page.end, page.has_more) == ([], 1, 1, True)
    page = any_store.log_page(task, LogQuery(search="nowhere", seconds=0, newest=True))
    assert (page.lines, page.first, page.end, page.has_more) == ([], 16, 16, True)


def test_large_pages_end_early(
    any_store: Store, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page has few lines where they are large."""
    monkeypatch.setattr(log_pages, "_MAX_PAGE_CHARACTERS", 10)
    page = any_store.log_page(task, LogQuery())
    assert (_numbers(page), page.end, page.has_more) == ([2], 3, True)


def test_one_line_is_read_whole(any_store: Store, task: str) -> None:
    """Large output is left out of pages, with its size, and in the line itself."""
    (short,) = any_store.log_page(task, LogQuery(first=14, limit=1)).lines
    assert "stdout" not in short.fields
    assert short.omitted > 200_000
    whole = any_store.log_line(task, 14)
    assert whole is not None
    assert whole.fields["stdout"].endswith("Needle in the output")
    assert any_store.log_line(task, 12) is None
    assert any_store.log_line(task, 1000) is None


def test_tail_begins_at_a_line(any_store: Store, task: str) -> None:
    """The start of a tail counts lines, not events."""
    assert [any_store.tail_start(task, n) for n in (0, 1, 3, 4, 100)] == [15, 14, 11, 10, 0]


def test_pages_of_other_tasks_are_empty(any_store: Store) -> None:
    """A task without events has an empty log."""
    page = any_store.log_page("unknown", LogQuery(newest=True))
    assert (page.lines, page.first, page.end, page.has_more) == ([], 1, 1, False)
