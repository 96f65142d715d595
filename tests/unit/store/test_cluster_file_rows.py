"""Sealed files of clusters in the database: written by the holder of the cluster, one per name."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event

from worldtree.core.process_identity import current_process
from worldtree.store.certificates import Certificate
from worldtree.store.cluster_files import SealedFile
from worldtree.store.lease import Lease, LeaseLostError
from worldtree.store.store import Store


def _lease(store: Store, cluster: str = "shop") -> Lease:
    return store.acquire_lease(cluster, "t1", current_process(), proven_dead=lambda _: True)


def _fits(_known: SealedFile) -> None:
    """Open any file."""


def _refuse(known: SealedFile) -> None:
    raise ValueError(known.name)


def test_a_file_is_replaced_and_deleted(any_store: Store) -> None:
    """Of its own cluster and project alone."""
    assert any_store.any_cluster_file() is None
    lease = _lease(any_store)
    any_store.put_cluster_file(lease, "pki", b"\x00old", _fits)
    digest = any_store.put_cluster_file(lease, "pki", b"\x00new", _fits)
    assert digest == sha256(b"\x00new").hexdigest()
    found = any_store.cluster_file("shop", "pki")
    assert found is not None
    assert found == any_store.any_cluster_file() == ("default", "shop", "pki", b"\x00new", digest)
    other = any_store.of_project(any_store.create_project("team").id)
    _lease(other)
    for store, cluster, name in (
        (other, "shop", "pki"),
        (any_store, "shop", "known_hosts"),
        (any_store, "bank", "pki"),
    ):
        assert store.cluster_file(cluster, name) is None
    assert other.any_cluster_file() == found
    assert other.state_directory == any_store.state_directory == any_store.home != other.home
    any_store.delete_cluster_file(lease, "pki")
    any_store.delete_cluster_file(lease, "pki")
    assert any_store.any_cluster_file() is None


def test_who_has_lost_the_cluster_writes_nothing(any_store: Store) -> None:
    lost = _lease(any_store)
    any_store.put_cluster_file(_lease(any_store), "pki", b"new", _fits)
    with pytest.raises(LeaseLostError):
        any_store.put_cluster_file(lost, "pki", b"old", _fits)
    with pytest.raises(LeaseLostError):
        any_store.delete_cluster_file(lost, "pki")
    found = any_store.cluster_file("shop", "pki")
    assert found is not None
    assert found.content == b"new"


def test_ends_of_certificates_are_those_of_the_stored_file(any_store: Store) -> None:
    """A write that is refused changes neither."""
    lost, ends = _lease(any_store), [Certificate("authority", "etcd", 1.0)]
    any_store.put_cluster_file(lost, "pki", b"old", _fits, ends)
    any_store.put_cluster_file(lost, "known_hosts", b"old", _fits)
    lease = _lease(any_store)
    with pytest.raises(LeaseLostError):
        any_store.put_cluster_file(lost, "pki", b"new", _fits, [])
    assert any_store.certificates("shop") == ends
    any_store.delete_cluster_file(lease, "pki", [])
    assert any_store.certificates("shop") == []


def test_a_file_with_another_key_is_not_stored(any_store: Store) -> None:
    """Whichever cluster has the file that the key does not open."""
    any_store.put_cluster_file(_lease(any_store), "pki", b"first", _refuse)
    for cluster in ("shop", "bank"):
        with pytest.raises(ValueError, match="pki"):
            any_store.put_cluster_file(_lease(any_store, cluster), "pki", b"other", _refuse)
    found = any_store.cluster_file("shop", "pki")
    assert found is not None
    assert found.content == b"first"
    assert any_store.cluster_file("bank", "pki") is None


def test_of_two_that_store_the_first_file_one_finds_that_of_the_other(
    any_store: Store, open_store: Callable[[], Store]
) -> None:
    """Otherwise two machines that each made a key would both store files with it."""
    other = open_store()
    ends: list[str] = []
    mine, theirs = _lease(any_store), _lease(other, "bank")

    def put() -> None:
        try:
            ends.append(other.put_cluster_file(theirs, "pki", b"other", _refuse))
        except ValueError as refused:
            ends.append(str(refused))

    thread = Thread(target=put)

    def overlap(_connection: Any) -> None:
        """Let the other one try before the end of this transaction, which it has to wait for."""
        thread.start()
        thread.join(0.3)

    event.listen(any_store._engine, "commit", overlap)
    any_store.put_cluster_file(mine, "pki", b"first", _refuse)
    thread.join()
    assert ends == ["pki"]
    assert other.cluster_file("bank", "pki") is None
