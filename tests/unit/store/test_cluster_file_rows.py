"""Sealed files of clusters in the database: written by the holder of the cluster, one per name."""

from __future__ import annotations

from hashlib import sha256

import pytest

from worldtree.core.process_identity import current_process
from worldtree.store.lease import Lease, LeaseLostError
from worldtree.store.store import Store


def _lease(store: Store, cluster: str = "shop") -> Lease:
    return store.acquire_lease(cluster, "t1", current_process(), proven_dead=lambda _: True)


def test_a_file_is_replaced_and_deleted(any_store: Store) -> None:
    """Of its own cluster and project alone."""
    assert any_store.any_cluster_file() is None
    lease = _lease(any_store)
    any_store.put_cluster_file(lease, "pki", b"\x00old")
    digest = any_store.put_cluster_file(lease, "pki", b"\x00new")
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
    any_store.put_cluster_file(_lease(any_store), "pki", b"new")
    with pytest.raises(LeaseLostError):
        any_store.put_cluster_file(lost, "pki", b"old")
    with pytest.raises(LeaseLostError):
        any_store.delete_cluster_file(lost, "pki")
    found = any_store.cluster_file("shop", "pki")
    assert found is not None
    assert found.content == b"new"
