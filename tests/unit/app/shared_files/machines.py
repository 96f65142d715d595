"""Machines, each with a state directory of its own, on one database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worldtree.app.shared_files.cluster_files import ClusterFiles, cluster_files
from worldtree.core.process_identity import current_process
from worldtree.core.settings import Settings
from worldtree.store.lease import Lease
from worldtree.store.store import Store

KEY = "-----BEGIN PRIVATE KEY----- of the shop"


class SharedStore(Store):
    """A state directory with a database that others use, too, as that of a server."""

    @property
    def is_shared(self) -> bool:
        return True


class Machine:
    """A state directory of its own on the database of ``store``."""

    def __init__(self, home: Path, store: Store) -> None:
        self.home = home
        home.mkdir(mode=0o700)
        self.store = SharedStore(store._engine, home)
        self.told: list[str] = []
        self.pki, self.known_hosts = home / "pki/shop", home / "known_hosts/shop"

    def lease(self) -> Lease:
        return self.store.acquire_lease("shop", "t1", current_process(), proven_dead=lambda _: True)

    @contextmanager
    def task(self) -> Iterator[ClusterFiles]:
        lease = self.lease()
        settings = Settings(self.home)
        with cluster_files(settings, self.store, lease, self.told.append) as files:
            assert files is not None
            yield files
        lease.release()

    def die_in_task(self) -> ClusterFiles:
        """Begin a task whose process has no chance to end it."""
        files = ClusterFiles(Settings(self.home), self.store, self.lease(), self.told.append)
        files.bring()
        return files

    def make_authority(self, text: str = KEY) -> None:
        (self.pki / "etcd").mkdir(parents=True, exist_ok=True)
        (self.pki / "etcd/ca.key").write_text(text)

    @property
    def authority(self) -> str:
        return (self.pki / "etcd/ca.key").read_text()

    def give_key_to(self, other: Machine) -> None:
        shutil.copy(self.home / "store.key", other.home)
