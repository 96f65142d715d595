"""The contract of notices and deliveries, on a file and on a server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from unit.store.tasks import queue_task, run_task
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.store.deliveries import DeliveryRecord
from worldtree.store.store import Store

WHO = Actor("token", "ann")


def add_channel(store: Store, name: str = "team") -> str:
    """Store a channel that hears everything; return its id."""
    return store.add_channel(
        name, "webhook", settings={"url": "x"}, events=(), quiet=None, who=WHO, now=1.0
    ).id


def spread(store: Store, now: float = 10.0) -> list[DeliveryRecord]:
    """Make deliveries; return those that are due, oldest first."""
    store.spread_notices(lambda _notice, _channel: (now, False), now)
    return store.due_deliveries(now)


def kinds(store: Store) -> list[str]:
    """The kinds of all notices that were spread."""
    return [one.notice.kind for one in spread(store)]


def test_nobody_hears_nothing_is_kept(any_store: Store) -> None:
    """Without a channel a task that fails costs no notice."""
    run_task(any_store, "failed")
    add_channel(any_store)
    assert kinds(any_store) == []


def test_a_pipeline_that_fails_and_recovers_is_told_once_each(any_store: Store) -> None:
    """By change of state: the second failure is no news, and neither the second success."""
    add_channel(any_store)
    found = []
    for outcome in ("ok", "failed", "failed", "ok", "ok", "failed"):
        found.append(run_task(any_store, outcome).id)
    notices = [one.notice for one in spread(any_store)]
    assert [(one.kind, one.task) for one in notices] == [
        ("failed", found[1]),
        ("recovered", found[3]),
        ("failed", found[5]),
    ]
    assert notices[0].body["pipeline"] == any_store.task(found[1]).pipeline
    assert notices[0].cluster == any_store.task(found[1]).cluster


def test_rebuilding_a_task_tells_nothing_again(any_store: Store) -> None:
    add_channel(any_store)
    task = run_task(any_store, "failed")
    any_store.rebuild(task.id)
    assert kinds(any_store) == ["failed"]


def test_a_refused_request_of_a_schedule_has_failed(any_store: Store) -> None:
    """One of a user says nothing of the pipeline: a failure after it is the first."""
    add_channel(any_store)
    refusal = RefusedError("no such thing", code="document-unknown")
    for task, actor in (("t0", WHO), ("t1", Actor("system", "schedule nightly"))):
        queue_task(any_store, task, actor=actor)
        any_store.refuse_task(task, "shop", refusal, actor)
    (one,) = spread(any_store)
    assert (one.notice.kind, one.notice.task) == ("failed", "t1")
    assert one.notice.body["message"] == "no such thing"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("interrupted-work-uncertain", "answer-wanted"),
        ("worker-died", "attention-wanted"),
        ("cluster-locked", None),
    ],
)
def test_a_task_that_waits_for_a_person_is_told_once(
    any_store: Store, code: str, kind: str | None
) -> None:
    """Also where the same problem is found again before anything more was done."""
    add_channel(any_store)
    task = run_task(any_store)
    for _ in range(2):
        any_store.keep_problem(task.id, WorldTreeError("in doubt", code=code))
    assert kinds(any_store) == ([] if kind is None else [kind])


def test_a_notice_is_spread_once_by_all_who_try(open_store: Callable[[], Store]) -> None:
    """Two services make one delivery."""
    one, other = open_store(), open_store()
    add_channel(one)
    run_task(one, "failed")
    seen: list[int] = []

    def place(_notice: object, _channel: object) -> tuple[float, bool]:
        if not seen:
            # The other one comes between reading and writing.
            seen.append(1)
            other.spread_notices(lambda _n, _c: (10.0, False), 10.0)
        return 10.0, False

    one.spread_notices(place, 10.0)
    assert len(one.due_deliveries(10.0)) == 1


def test_a_delivery_is_taken_once_and_comes_back_when_its_process_dies(
    open_store: Callable[[], Store],
) -> None:
    one, other = open_store(), open_store()
    add_channel(one)
    run_task(one, "failed")
    (due,) = spread(one)
    assert one.claim_delivery(due, 310.0)
    assert not other.claim_delivery(due, 310.0)
    assert other.due_deliveries(309.0) == []
    (again,) = other.due_deliveries(310.0)
    assert (again.id, again.tries) == (due.id, 1)


def test_notices_of_another_project_are_not_told_here(any_store: Store) -> None:
    other = any_store.of_project(any_store.create_project("other").id)
    add_channel(other)
    run_task(any_store, "failed")
    assert kinds(any_store) == []
    run_task(other, "failed")
    (delivery,) = spread(any_store)
    assert any_store.deliveries(5) == []
    assert not any_store.replay_delivery(delivery.id, 1.0, WHO)
    assert [one.id for one in other.deliveries(5)] == [delivery.id]


def test_old_notices_are_forgotten_and_channels_deleted(any_store: Store) -> None:
    add_channel(any_store)
    run_task(any_store, "failed")
    spread(any_store)
    any_store.forget_notices(1.0)
    assert len(any_store.deliveries(5)) == 1
    any_store.forget_notices(9e9)
    assert any_store.deliveries(5) == []
    with pytest.raises(RefusedError, match="already"):
        add_channel(any_store)
    assert any_store.delete_channel("team", WHO)
    assert not any_store.delete_channel("team", WHO)
