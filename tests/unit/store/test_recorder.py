"""Events are written once, whole, and with what follows from them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples, is_full
from unit.engine.plans import node_id, plan
from unit.results.streams import attempt_started, task_started
from unit.store.tasks import run_task
from worldtree.core.format_versions import UnreadableFormatError
from worldtree.results.event_format import EVENT_FORMAT
from worldtree.results.events import Event, EventKind
from worldtree.store.cluster_state import Success
from worldtree.store.db_errors import StoreError
from worldtree.store.event_rows import from_row, to_row
from worldtree.store.store import Store

WANTED = plan({"a": ["h1", "h2"], "b": ["h1", "h2"]})
A, B = node_id("a"), node_id("b")


def journal_event(number: int, attempt: str = "x", **fields: object) -> Event:
    """Return an event of a journal."""
    kind = EventKind.HOST_TASK_FINISHED
    return Event(kind=kind, time=float(number), attempt=attempt, line=number, **fields)


def finished(node: str, **hosts: dict[str, object]) -> Event:
    """Return the end of a node."""
    return Event(
        kind=EventKind.NODE_FINISHED,
        time=5.0,
        node=node,
        status="succeeded",
        result={"hosts": hosts},
    )


# ---- once --------------------------------------------------------------------------------------


def test_journal_may_be_read_again_from_anywhere(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "apply")
    recorder = any_store.recorder(task.id)
    assert any_store.last_line("x") == 0
    recorder.record([journal_event(n) for n in range(1, 6)])
    assert any_store.last_line("x") == 5
    for reader in (recorder, any_store.recorder(task.id)):
        again = reader.record([journal_event(n) for n in range(3, 8)])
        assert [(e.seq, e.line) for e in again] == ([(6, 6), (7, 7)] if reader is recorder else [])
    assert (
        any_store.recorder(task.id).record([journal_event(7), journal_event(1, "y")])[0].attempt
        == "y"
    )
    assert [(e.seq, e.attempt, e.line) for e in any_store.events(task.id)] == [
        *((n, "x", n) for n in range(1, 8)),
        (8, "y", 1),
    ]


@settings(max_examples=examples(20))
@given(st.lists(st.lists(st.integers(1, 12), max_size=8), max_size=6))
def test_no_line_is_lost_or_doubled_in_whatever_order_it_comes(batches: list[list[int]]) -> None:
    """Even a reader that jumps back and forth gets each line in exactly once."""
    import tempfile
    from pathlib import Path

    with (
        tempfile.TemporaryDirectory() as home,
        Store.open(Path(home)) as store,
    ):
        task = store.create_task(WANTED, "apply")
        recorder = store.recorder(task.id)
        for batch in batches:
            recorder.record([journal_event(n) for n in batch])
        found = [e.line or 0 for e in store.events(task.id)]
    assert sorted(found) == sorted({n for batch in batches for n in batch})


def test_two_writers_of_one_task_do_not_mix(any_store: Store) -> None:
    """Without a lease the later one fails with words instead of overwriting."""
    task = any_store.create_task(WANTED, "apply")
    one, two = any_store.recorder(task.id), any_store.recorder(task.id)
    one.record([journal_event(1)])
    with pytest.raises(StoreError, match=f"task {task.id}"):
        two.record([journal_event(1, "y")])
    assert [e.attempt for e in any_store.events(task.id)] == ["x"]


# ---- whole -------------------------------------------------------------------------------------

_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(), _json, max_size=4),
    st.text(st.characters(codec=None)),
    st.sampled_from([1, 70_000]),
)
def test_every_event_comes_back_the_same(result: dict[str, object], text: str, times: int) -> None:
    """NUL, lone surrogates, infinities and large ones included."""
    event = journal_event(3, stdout=text * times, message=text, result=result)
    row, blob = to_row("t", event)
    assert from_row(row["body"], None if blob is None else blob["body"]) == event


def test_a_row_of_a_newer_version_is_refused() -> None:
    """A program from before an upgrade says so, and shows no traceback."""
    row, _ = to_row("t", journal_event(1))
    assert from_row(row["body"], None) == journal_event(1)
    newer = row["body"].replace(f'"version":{EVENT_FORMAT.version}', '"version":99')
    with pytest.raises(UnreadableFormatError, match="version 99"):
        from_row(newer, None)


def test_words_that_no_column_takes_are_kept_in_the_event(any_store: Store) -> None:
    """A NUL in a message: whole in the event, marked in the row that is listed."""
    task = any_store.create_task(WANTED, "apply")
    recorder = any_store.recorder(task.id)
    ugly = "a\0b\udcffc"
    lost = {"status": "failed", "changed": False, "message": ugly}
    recorder.record(
        [
            task_started({A: ["h1"]}),
            Event(kind=EventKind.NODE_FINISHED, time=1, node=A, status="failed", message=ugly),
            finished(A, h1=lost),
            Event(kind=EventKind.TASK_FINISHED, time=2, status="failed", message=ugly),
        ]
    )
    assert any_store.task(task.id).message == "a�b?c"
    assert [e.message for e in any_store.events(task.id)][-1] == ugly


def test_not_a_number_stays_one(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "apply")
    any_store.recorder(task.id).record([journal_event(1, result={"x": float("nan")})])
    assert str(next(any_store.events(task.id)).result["x"]) == "nan"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database_url", "size"),
    [("sqlite", 100 if is_full() else 20), ("postgresql", 20)],
    indirect=["database_url"],
)
def test_output_of_many_megabytes_comes_back_whole(any_store: Store, size: int) -> None:
    """A hundred at full length."""
    task = any_store.create_task(WANTED, "apply")
    stdout = "".join(f"{n:07d} all is well here\n" for n in range(size * 40_000))
    assert len(stdout) == size * 1_000_000
    any_store.recorder(task.id).record([journal_event(1, stdout=stdout)])
    assert next(any_store.events(task.id)).stdout == stdout


# ---- with what follows -------------------------------------------------------------------------


def test_success_is_kept_per_host_until_its_node_is_run_again(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "apply")
    recorder = any_store.recorder(task.id)
    ok = {"status": "ok", "changed": False, "digest": "d1"}
    recorder.record([task_started({A: ["h1", "h2"], B: ["h1"]})])
    recorder.record([finished(A, h1=ok, h2={"status": "skipped", "digest": "d2"})])
    recorder.record([finished(B, h1={"status": "failed", "digest": "d3"})])
    assert any_store.successes("shop") == {
        (A, "h1"): Success("d1", task.id, 5.0),
        (A, "h2"): Success("d2", task.id, 5.0),
    }
    assert any_store.successes("lab") == {}
    # A run that may be cut off at any moment: it counts for nothing until it says so.
    recorder.record([attempt_started("x", [A], ["h1"])])
    assert list(any_store.successes("shop")) == [(A, "h2")]
    recorder.record([finished(A, h1={**ok, "digest": "d9", "ended": 7.0})])
    assert any_store.successes("shop")[A, "h1"] == Success("d9", task.id, 7.0)


def test_run_that_changes_nothing_leaves_successes_alone(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "apply")
    recorder = any_store.recorder(task.id)
    recorder.record([finished(A, h1={"status": "ok", "digest": "d"})])
    start = attempt_started("x", [A], ["h1"])
    recorder.record([start.model_copy(update={"result": {**start.result, "check": True}})])
    recorder.record([finished(A, h1={"status": "ok"})])
    assert list(any_store.successes("shop")) == [(A, "h1")]


def test_start_of_another_pipeline_ends_the_successes_that_it_overtakes(any_store: Store) -> None:
    """They are gone before the run starts, and stay with hosts that it does not touch."""
    task = any_store.create_task(WANTED, "apply")
    ok = {"status": "ok", "digest": "d"}
    any_store.recorder(task.id).record([finished(A, h1=ok, h2=ok), finished(B, h1=ok)])
    assert len(any_store.successes("shop")) == 3
    assert any_store.successes("shop", leaving_out=["p"]) == {}
    assert len(any_store.successes("shop", leaving_out=["q", "p_"])) == 3
    removal = any_store.create_task(WANTED, "destroy")
    start = attempt_started("x", ["q/m/t/remove"], ["h1"])
    overtaken = {"overtaken": {A: ["h1"], B: ["h1"]}}
    event = start.model_copy(update={"result": {**start.result, **overtaken}})
    any_store.recorder(removal.id).record([event])
    assert list(any_store.successes("shop")) == [(A, "h2")]


def test_what_is_reused_stays_with_the_task_that_did_it(any_store: Store) -> None:
    """It alone can undo that; where nothing is known of it, it is named by the one that reuses."""
    first, second = (any_store.create_task(WANTED, "apply") for _ in range(2))
    any_store.recorder(first.id).record([finished(A, h1={"status": "ok", "digest": "d"})])
    taken = {"status": "skipped", "digest": "d", "reused": True, "ended": 9.0}
    by_first = {**taken, "done_by": first.id}
    other = {**taken, "digest": "new"}
    recorder = any_store.recorder(second.id)
    recorder.record([finished(A, h1=by_first, h2=by_first, h3={**taken, "done_by": "pruned"})])
    recorder.record([finished(B, h1=taken)])
    assert any_store.successes("shop") == {
        (A, "h1"): Success("d", first.id, 5.0),
        (A, "h2"): Success("d", first.id, 9.0),
        (A, "h3"): Success("d", second.id, 9.0),
        (B, "h1"): Success("d", second.id, 9.0),
    }
    recorder.record([finished(A, h1=other)])
    assert any_store.successes("shop")[A, "h1"] == Success("new", second.id, 9.0)


@pytest.mark.parametrize(
    "fields", [{"status": "ok", "digest": "d", "undone": True}, {"status": "unreachable"}]
)
def test_what_was_undone_or_lost_is_no_success(any_store: Store, fields: dict[str, object]) -> None:
    task = any_store.create_task(WANTED, "apply")
    recorder = any_store.recorder(task.id)
    recorder.record([finished(A, h1={"status": "ok", "digest": "d"})])
    recorder.record([finished(A, h1=fields)])
    assert any_store.successes("shop") == {}


def test_outputs_are_kept_per_host_and_name(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "apply")
    recorder = any_store.recorder(task.id)

    def published(host: str, name: str, value: object, **more: object) -> Event:
        said = {"name": name, "value": value, **more}
        kind = EventKind.OUTPUT_PUBLISHED
        return Event(kind=kind, time=1, attempt="x", node=A, host=host, result=said)

    recorder.record([published("h1", "token", {"a": [1, "ä"]}), published("h1", "port", 80)])
    recorder.record([published("h1", "port", 81), published("h2", "port", None)])
    assert any_store.outputs(task.id) == {
        (A, "h1"): {"token": {"a": [1, "ä"]}, "port": 81},
        (A, "h2"): {"port": None},
    }
    with pytest.raises(ValueError, match="secret"):
        recorder.record([published("h1", "password", "p", secret=True)])
    assert "password" not in any_store.outputs(task.id)[A, "h1"]
    assert len(list(any_store.events(task.id))) == 4


def test_outputs_are_left_out_where_nobody_asks_but_those_of_failures(store: Store) -> None:
    """A table of hosts needs no output, but every failure's words."""
    task = store.create_task(WANTED, "apply")
    much = "x" * 200_000
    said = {"node": A, "stdout": much, "message": much}
    ended = ("changed", "failed")
    events = [journal_event(n, host=f"h{n}", status=s, **said) for n, s in enumerate(ended, 1)]
    store.recorder(task.id).record(events)
    well, failed = store.events(task.id, outputs=False)
    assert (well.host, well.status, well.stdout, well.message) == ("h1", "changed", None, None)
    assert (failed.stdout, failed.message) == (much, much)


@pytest.mark.parametrize("outcome", ["ok", "failed", "unreachable"])
def test_result_without_tasks_is_the_same_but_for_them(store: Store, outcome: str) -> None:
    task = run_task(store, outcome)
    whole, short = store.result(task.id), store.result(task.id, keep_tasks=False)
    for node in whole.nodes:
        for host in node.hosts:
            node.hosts[host] = node.hosts[host].model_copy(update={"tasks": ()})
    assert short == whole
