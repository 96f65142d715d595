"""Ends of certificates: read of the files of `pki`, of all projects, and never a reason to fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import homes
from certificates import make_certificate
from worldtree.app.hosts.certificate_scan import CertificateScan
from worldtree.store.certificates import Certificate, CertificateExpiry
from worldtree.store.store import Store

END = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A state with a cluster."""
    with homes.open_store(tmp_path / "home") as found:
        found.put_document("shop", "a: 1", None)
        yield found


def write_certificate(file: Path, end: datetime) -> None:
    """Write a certificate that signs itself."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(make_certificate(end)[0])


def test_ends_of_certificates_are_known_per_cluster(store: Store) -> None:
    """Of the authority and of what it signed; what is renewed or removed is followed."""
    place = store.home / "pki" / "shop" / "etcd"
    write_certificate(place / "ca.crt", END + timedelta(days=900))
    write_certificate(place / "peer1.crt", END + timedelta(days=2))
    write_certificate(place / "peer2.crt", END)
    CertificateScan(lambda: store).run_once()
    end = END.timestamp()
    assert store.certificates("shop") == [
        Certificate("certificate", "etcd/peer2", end),
        Certificate("certificate", "etcd/peer1", end + 2 * 86400),
        Certificate("authority", "etcd", end + 900 * 86400),
    ]
    assert store.fleet_figures().certificates == (
        CertificateExpiry("default", "shop", "authority", end + 900 * 86400),
        CertificateExpiry("default", "shop", "certificate", end),
    )
    (place / "peer1.crt").unlink()
    write_certificate(place / "peer2.crt", END + timedelta(days=365))
    CertificateScan(lambda: store).run_once()
    assert store.certificates("shop")[0] == Certificate(
        "certificate", "etcd/peer2", end + 365 * 86400
    )
    assert len(store.certificates("shop")) == 2


def test_other_projects_have_their_own(store: Store) -> None:
    """Also of a cluster of the same name."""
    other = store.of_project(store.create_project("other").id)
    other.put_document("shop", "a: 2", None)
    write_certificate(other.home / "pki" / "shop" / "etcd" / "ca.crt", END)
    CertificateScan(lambda: store).run_once()
    assert store.certificates("shop") == []
    assert [one.name for one in other.certificates("shop")] == ["etcd"]
    assert [one.project for one in store.certificate_expiry(9)] == ["other"]
    assert store.certificate_expiry(0) == []


def test_what_is_no_certificate_is_left_out(store: Store) -> None:
    """A broken file, a link, a copy for a rollback, and clusters that nobody knows."""
    place = store.home / "pki" / "shop" / "etcd"
    write_certificate(place / "good.crt", END)
    (place / "broken.crt").write_text("-----BEGIN CERTIFICATE-----\n!")
    (place / "empty.crt").touch()
    (place / "link.crt").symlink_to("good.crt")
    write_certificate(store.home / "pki" / "shop" / ".before" / "old.crt", END)
    write_certificate(store.home / "pki" / "unknown" / "etcd" / "ca.crt", END)
    CertificateScan(lambda: store).run_once()
    assert [one.name for one in store.certificates("shop")] == ["etcd/good"]
    assert store.cluster_names() == ["shop"]


def test_a_cluster_without_files_keeps_what_is_known(store: Store) -> None:
    """They may be elsewhere."""
    found = [Certificate("authority", "etcd", 1.0)]
    store.replace_certificates("shop", found)
    CertificateScan(lambda: store).run_once()
    assert store.certificates("shop") == found


def test_what_a_dead_process_left_changes_nothing_in_a_shared_database(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task that stored the files of the cluster, perhaps elsewhere, stored the ends."""
    monkeypatch.setattr(Store, "is_shared", True)
    found = [Certificate("authority", "etcd", 1.0)]
    store.replace_certificates("shop", found)
    write_certificate(store.home / "pki" / "shop" / "etcd" / "ca.crt", END)
    CertificateScan(lambda: store).run_once()
    assert store.certificates("shop") == found
