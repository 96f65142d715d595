"""However events are cut into batches, the rows come out the same."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from examples import examples
from unit.engine.plans import node_id, plan
from unit.results.streams import attempt_finished, attempt_started, event, task_started
from worldtree.results.events import Event, EventKind
from worldtree.store.schema import attempts, host_results, nodes, outputs, successes
from worldtree.store.store import Store

WANTED = plan({"a": ["h1", "h2"], "b": ["h1", "h2"]})
A, B = node_id("a"), node_id("b")
LISTED = {A: ["h1", "h2"], B: ["h1", "h2"]}

_node, _host = st.sampled_from([A, B]), st.sampled_from(["h1", "h2"])
_status = st.sampled_from(["ok", "changed", "failed", "skipped"])
_told = st.fixed_dictionaries(
    {"status": _status},
    optional={
        "message": st.sampled_from([None, "no"]),
        "digest": st.just("d"),
        "changed": st.just(True),
    },
)
_events = st.lists(
    st.one_of(
        st.just(task_started(LISTED)),
        st.just(event(EventKind.TASK_RESUMED, result=task_started({A: ["h1"], B: ["h2"]}).result)),
        st.builds(
            lambda n, name, host: attempt_started(f"{n}", [name], [host]),
            st.integers(1, 3),
            _node,
            _host,
        ),
        st.builds(lambda n: attempt_finished(f"{n}"), st.integers(1, 3)),
        st.builds(
            lambda name, time: event(EventKind.NODE_STARTED, time, node=name),
            _node,
            st.sampled_from([1.0, 2.0]),
        ),
        st.builds(
            lambda name, hosts: event(
                EventKind.NODE_FINISHED, node=name, status="failed", result={"hosts": hosts}
            ),
            _node,
            st.dictionaries(_host, _told),
        ),
        st.builds(
            lambda name, host, cause: event(
                EventKind.NODE_SKIPPED, node=name, host=host, caused_by=cause
            ),
            _node,
            st.none() | _host,
            st.sampled_from([None, A]),
        ),
        st.builds(
            lambda name, host, status: event(
                EventKind.NODE_REUSED,
                node=name,
                result={"hosts": {host: {"status": status, "message": "done before"}}},
            ),
            _node,
            _host,
            _status,
        ),
        st.builds(
            lambda name, value: event(
                EventKind.OUTPUT_PUBLISHED,
                node=name,
                host="h1",
                result={"name": "x", "value": value},
            ),
            _node,
            st.integers(1, 3),
        ),
    ),
    max_size=25,
)


def rows_after(store: Store, cluster: str, batches: Sequence[Sequence[Event]]) -> dict[str, Any]:
    """Record ``batches`` as a new task's and return its rows, without what names the task."""
    task = store.create_task(WANTED.model_copy(update={"cluster": cluster}), "apply").id
    recorder = store.recorder(task)
    for batch in batches:
        own = [e.model_copy(update={"attempt": e.attempt and task + e.attempt}) for e in batch]
        recorder.record(own)
    found: dict[str, Any] = {}
    with store._engine.connect() as connection:
        for table in (nodes, host_results, attempts, outputs, successes):
            query = select(table).where(table.c.task == task)
            rows = [dict(row._mapping) for row in connection.execute(query)]
            found[table.name] = sorted(
                str({k: v.removeprefix(task) if k == "id" else v for k, v in row.items()})
                for row in rows
                if row.pop("task") and (row.pop("cluster", cluster) == cluster)
            )
    return found


@pytest.fixture(scope="module")
def kept() -> Iterator[Store]:
    """One store for all examples."""
    with tempfile.TemporaryDirectory() as home, Store.open(Path(home)) as store:
        yield store


_NUMBERS = itertools.count()


@settings(max_examples=examples(40))
@given(events=_events, cuts=st.lists(st.integers(0, 25), max_size=4))
def test_batches_make_the_rows_that_single_events_make(
    kept: Store, events: list[Event], cuts: list[int]
) -> None:
    """Alike changes are made together, but never before or after another one of their rows."""
    events = [task_started(LISTED), *events]
    places = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    batches = [events[a:b] for a, b in itertools.pairwise(places)]
    number = next(_NUMBERS)
    one_by_one = rows_after(kept, f"one-{number}", [[e] for e in events])
    assert rows_after(kept, f"many-{number}", batches) == one_by_one


def test_both_databases_make_the_same_rows(any_store: Store) -> None:
    """One of everything, in one batch."""
    ok = {"status": "ok", "changed": True, "message": None, "digest": "d"}
    batch = [
        task_started(LISTED),
        attempt_started("1", [A], ["h1", "h2"]),
        event(EventKind.NODE_STARTED, 3.0, node=A),
        attempt_finished("1"),
        event(
            EventKind.NODE_FINISHED,
            4.0,
            node=A,
            status="succeeded",
            result={"hosts": {"h1": ok, "h2": {"status": "failed", "message": "no"}}},
        ),
        event(
            EventKind.NODE_REUSED,
            node=B,
            result={"hosts": {"h1": {"status": "ok", "message": "m"}}},
        ),
        event(EventKind.NODE_SKIPPED, 5.0, node=B, caused_by=A),
        event(EventKind.OUTPUT_PUBLISHED, node=A, host="h1", result={"name": "x", "value": 1}),
    ]
    found = rows_after(any_store, "one", [batch])
    assert found == rows_after(any_store, "two", [[e] for e in batch])
    assert [len(found[t.name]) for t in (nodes, host_results, attempts, successes)] == [2, 4, 1, 1]
