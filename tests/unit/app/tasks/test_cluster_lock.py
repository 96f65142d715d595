"""A cluster is held for one task, and for those that follow from it without a gap."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from homes import open_store
from unit.engine.plans import plan
from worldtree.app.tasks import cluster_lock
from worldtree.app.tasks.cluster_lock import hold_cluster
from worldtree.core.errors import WorldTreeError
from worldtree.core.private_directories import StoreError
from worldtree.core.process_identity import current_process, is_dead
from worldtree.engine.cancellation import Cancellation
from worldtree.store.lease import Lease, LeaseHeldError, LeaseLostError
from worldtree.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as found:
        yield found


def holder(store: Store) -> str | None:
    """The task that holds the cluster, None when it is free."""
    lease = store.lease("shop")
    return None if lease is None or lease.released is not None else lease.task


def test_a_task_that_follows_gets_the_cluster_without_a_gap(store: Store) -> None:
    quiet = {"cancellation": Cancellation(), "notify": lambda _words: None}
    with hold_cluster(store, "shop", "apply", **quiet) as outer:
        with hold_cluster(store, "shop", "rollback", **quiet) as inner:
            assert holder(store) == "rollback"
            assert inner.epoch == outer.epoch
            with pytest.raises(LeaseHeldError, match="rollback"):
                store.acquire_lease("shop", "other", current_process(), proven_dead=is_dead)
        assert holder(store) == "apply"
        with hold_cluster(store, "blog", "another", **quiet) as other:
            assert other.cluster == "blog"
    assert holder(store) is None


def test_a_task_that_follows_gets_no_cluster_that_was_lost(store: Store) -> None:
    quiet = {"cancellation": Cancellation(), "notify": lambda _words: None}
    with hold_cluster(store, "shop", "apply", **quiet) as lease:
        assert store.break_lease("shop", lease.epoch, "somebody")
        with pytest.raises(LeaseLostError), hold_cluster(store, "shop", "rollback", **quiet):
            pass


def test_heartbeats_that_end_by_themselves_cancel_the_task(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else another task could take the cluster from one that still works."""

    def fail(_lease: Lease) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(cluster_lock, "_HEARTBEAT_INTERVAL", 0.001)
    monkeypatch.setattr(cluster_lock, "_POLL_INTERVAL", 0.001)
    monkeypatch.setattr(Lease, "heartbeat", fail)
    cancellation, cancelled = Cancellation(), threading.Event()
    cancellation.listen(cancelled.set)
    with (
        pytest.raises(WorldTreeError, match="RuntimeError: no such thing") as caught,
        hold_cluster(store, "shop", "apply", cancellation=cancellation, notify=print),
    ):
        assert cancelled.wait(60)
    assert [step.action for step in caught.value.next_steps] == ["resume"]
    assert holder(store) is None


def test_a_database_that_is_away_for_a_while_ends_no_heartbeats(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where nobody can read the warnings any more."""
    beats, said, back = [], [], threading.Event()

    def beat(_lease: Lease) -> None:
        beats.append(1)
        if len(beats) <= 12:
            raise StoreError("the database does not answer", code="store-unavailable")
        back.set()

    def notify(words: str) -> None:
        said.append(words)
        raise BrokenPipeError

    monkeypatch.setattr(cluster_lock, "_HEARTBEAT_INTERVAL", 0.001)
    monkeypatch.setattr(cluster_lock, "_POLL_INTERVAL", 0.001)
    monkeypatch.setattr(Lease, "heartbeat", beat)
    cancellation = Cancellation()
    with hold_cluster(store, "shop", "apply", cancellation=cancellation, notify=notify):
        assert back.wait(60)
        assert not cancellation.requested
    assert len(said) == 12
    assert "the database does not answer" in said[0]


def test_a_cancel_from_another_machine_is_heeded(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_lock, "_POLL_INTERVAL", 0.001)
    task = store.create_task(plan({"a": ["h1"]}), "apply").id
    said: list[str] = []
    cancellation, cancelled = Cancellation(), threading.Event()
    cancellation.listen(cancelled.set)
    with hold_cluster(store, "shop", task, cancellation=cancellation, notify=said.append):
        with open_store(tmp_path) as elsewhere:
            elsewhere.request_cancel(task)
        assert cancelled.wait(60)
    assert said == ["its cancel was requested: ending the task, also on its hosts"]
