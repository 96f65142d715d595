"""Plans that were compiled without being run, and keys of requests, on every database."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pytest
from sqlalchemy import update

from unit.store.tasks import WANTED
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.core.process_identity import current_process
from worldtree.results.status import TaskStatus
from worldtree.store.idempotency import KeyClaim, KnownKey, note_outcome, working_for
from worldtree.store.proposals import ProposalRecord
from worldtree.store.schema import contents, file_trees
from worldtree.store.store import Store
from worldtree.store.task_queue import NewQueuedTask

ANN, BOB = Actor("token", "ann", "10.0.0.1"), Actor("token", "bob", "10.0.0.2")
_TASK = NewQueuedTask(
    *("task-1", WANTED.cluster, "create-cluster", "apply"),
    BOB,
    {"a": 1},
    {"kind": "approved"},
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)


def _propose(store: Store, place: Path, name: str = "p1") -> ProposalRecord:
    (place / "bundle").mkdir(parents=True, exist_ok=True)
    (place / "bundle" / "file").write_text("content", encoding="utf-8")
    files = store.keep_files(place, ("bundle",))
    store.add_proposal(
        name, WANTED, actor=ANN, request={"a": 1}, digests={"plan": "x"}, files=files
    )
    found = store.proposal(name)
    assert found is not None
    return found


def test_a_proposal_is_kept_as_it_was_made(any_store: Store, tmp_path: Path) -> None:
    record = _propose(any_store, tmp_path / "p")
    assert (record.actor, record.status, record.task) == (ANN, "ready", None)
    assert (record.request, record.digests) == ({"a": 1}, {"plan": "x"})
    assert record.plan is not None
    assert any_store.plan(record.plan) == WANTED
    assert any_store.proposal("absent") is None
    assert [one.id for one in any_store.proposal_page(5, cluster=record.cluster)] == ["p1"]
    other = any_store.of_project(any_store.create_project("other").id)
    assert other.proposal("p1") is None
    assert other.proposal_page(5) == []


def test_decisions_are_kept_with_who_and_what(any_store: Store, tmp_path: Path) -> None:
    record = _propose(any_store, tmp_path / "p")
    for _ in range(2):
        any_store.decide(record, BOB, "approve", "fine\0")
    [made] = any_store.decisions(["p1"])["p1"]
    assert (made.actor, made.what, made.digests) == (BOB, "approve", {"plan": "x"})
    any_store.decide(record, ANN, "reject", "")
    verdicts: tuple[Literal["approve", "reject"], ...] = ("approve", "reject")
    for what in verdicts:
        with pytest.raises(RefusedError, match="rejected"):
            any_store.decide(record, BOB, what, "")
    with pytest.raises(RefusedError, match="rejected"):
        any_store.apply_proposal(record, _TASK, None)
    with pytest.raises(RefusedError, match="rejected"):
        any_store.void_proposal(record, ["x"], BOB)


def test_a_void_proposal_says_why(any_store: Store, tmp_path: Path) -> None:
    any_store.void_proposal(_propose(any_store, tmp_path / "p"), ["document"], BOB)
    found = any_store.proposal("p1")
    assert found is not None
    assert (found.status, found.changes) == ("void", ("document",))


def test_a_proposal_becomes_one_task(any_store: Store, tmp_path: Path) -> None:
    """Of several callers one gets it; task, queue and proposal are written together."""
    record = _propose(any_store, tmp_path / "p")

    def apply(number: int) -> bool:
        try:
            any_store.apply_proposal(record, replace(_TASK, task=f"task-{number}"), None)
        except RefusedError as problem:
            return problem.code != "plan-closed"
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(apply, range(4))) == 1
    found = any_store.proposal("p1")
    assert found is not None
    [row] = any_store.queued_tasks()
    assert (row.task, row.actor, found.status) == (found.task, BOB, "applied")
    assert any_store.task(row.task).traceparent == _TASK.traceparent
    assert [one.task for one in any_store.audit_log() if one.what == "plan-applied"] == [row.task]


def test_a_task_enters_the_queue_when_its_window_begins(any_store: Store, tmp_path: Path) -> None:
    record, now = _propose(any_store, tmp_path / "p"), time.time()
    window = {"from": now + 900, "until": now + 1800}
    any_store.apply_proposal(record, _TASK, window)
    assert any_store.task("task-1").status is TaskStatus.WAITING
    assert any_store.queued_tasks() == []
    [(project, waiting)] = any_store.waiting_for_windows()
    assert (project, waiting.task, waiting.window) == ("default", "task-1", window)
    assert any_store.open_window("task-1", {"kind": "approved"}, BOB)
    assert not any_store.open_window("task-1", {"kind": "approved"}, BOB)
    assert [one.task for one in any_store.queued_tasks()] == ["task-1"]
    assert any_store.task("task-1").status is TaskStatus.QUEUED
    assert any_store.waiting_for_windows() == []


def test_pruning_leaves_what_a_proposal_has(any_store: Store, tmp_path: Path) -> None:
    record = _propose(any_store, tmp_path / "p")
    with any_store._writer.begin() as connection:
        for table in (contents, file_trees):
            connection.execute(update(table).values(kept=0.0))
    any_store.prune(time.time() + 1)
    assert any_store.proposal("p1") == record
    assert any_store.file_tree(record.files or "").digest == record.files
    assert any_store.file_content(sha256(b"content").hexdigest()) == b"content"


def test_closed_plans_without_a_task_are_pruned(any_store: Store, tmp_path: Path) -> None:
    record = _propose(any_store, tmp_path / "p")
    any_store.decide(record, ANN, "reject", "")
    any_store.prune(record.created - 1)
    assert any_store.proposal("p1") is not None
    any_store.prune(record.created + 1)
    assert any_store.proposal("p1") is None


def _claim(store: Store, request: str = "r", *, over: bool = False) -> KeyClaim | KnownKey:
    return store.claim_key(
        "ann", "k", request, current_process(), forgotten=0.0, may_take_over=lambda _known: over
    )


def test_a_key_is_claimed_once(any_store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        found: list[Any] = list(pool.map(lambda _: _claim(any_store), range(8)))
    claims = [one for one in found if isinstance(one, KeyClaim)]
    assert len(claims) == 1
    assert any_store.finish_key(claims[0], 202, {"location": "x"}, b"body")
    known = _claim(any_store, over=True)
    assert isinstance(known, KnownKey)
    assert (known.status, known.headers, known.body) == (202, {"location": "x"}, b"body")


def test_a_released_key_is_new_unless_it_has_an_outcome(any_store: Store) -> None:
    first = _claim(any_store)
    assert isinstance(first, KeyClaim)
    any_store.release_key(first)
    second = _claim(any_store)
    assert isinstance(second, KeyClaim)
    assert not second.is_retaken
    with working_for(second), any_store._writer.begin() as connection:
        note_outcome(connection, {"task": "t"})
    any_store.release_key(second)
    known = _claim(any_store, over=True)
    assert isinstance(known, KnownKey)
    assert (known.outcome, known.process, known.status) == ({"task": "t"}, None, None)


def test_who_loses_a_key_commits_nothing(any_store: Store) -> None:
    first = _claim(any_store)
    second = _claim(any_store, over=True)
    assert isinstance(first, KeyClaim)
    assert isinstance(second, KeyClaim)
    assert second.is_retaken
    assert second.created > first.created
    with working_for(first), pytest.raises(RefusedError), any_store._writer.begin() as connection:
        note_outcome(connection, {"task": "t"})
    assert not any_store.finish_key(first, 202, {}, b"")
    any_store.release_key(first)
    assert any_store.finish_key(second, 202, {}, b"")
    assert any_store.delete_old_keys(time.time() + 9) == 1
