"""Sealed files of clusters in a server's database, so that any machine works with the same ones.

What they contain is sealed before it comes here, and opened elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, delete, func, select

from worldtree.store.base import StorePart
from worldtree.store.certificates import Certificate, write_certificates
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.file_tables import cluster_files
from worldtree.store.lease import Lease, LeaseLostError
from worldtree.store.schema import clusters
from worldtree.store.upsert import upsert


class SealedFile(NamedTuple):
    """A file of a cluster."""

    #: The id of the project, and names within it and within the cluster.
    project: str
    cluster: str
    name: str
    content: bytes
    #: sha256 (hex) of the content: which version it is.
    digest: str


class ClusterFileRows(StorePart):
    """Writes and reads files of clusters; who writes holds the cluster."""

    @property
    def state_directory(self) -> Path:
        """The state directory of this machine, which all projects share."""
        return self._state

    def cluster_file(self, cluster: str, name: str) -> SealedFile | None:
        """Return a file of a cluster; None without one."""
        query = _FILES.where(
            cluster_files.c.cluster == self._id(cluster), cluster_files.c.name == name
        )
        with self._engine.connect() as connection:
            return _first(connection, query)

    def any_cluster_file(self) -> SealedFile | None:
        """Return a file of any cluster of any project, to try a key on, the shortest.

        None without one.
        """
        with self._engine.connect() as connection:
            return _first(connection, _FILES.order_by(func.length(cluster_files.c.content)))

    def put_cluster_file(
        self,
        lease: Lease,
        name: str,
        content: bytes,
        check: Callable[[SealedFile], object],
        ends: Collection[Certificate] | None = None,
    ) -> str:
        """Store the content of a file of the lease's cluster; return its digest.

        ``check`` gets a file that the database has, if it has any, and raises where its key is
        another one than that of ``content``; nothing is stored then. Of several that store the
        first file at the same time, all but one find that one. ``ends`` are the certificates in
        the file; None for a file that has none. Raises ``LeaseLostError``.
        """
        digest = sha256(content).hexdigest()

        def put(connection: Connection) -> None:
            if (known := _lasting_file(connection)) is not None:
                check(known)
            key = connection.execute(select(self._id(lease.cluster))).scalar_one()
            row = {"cluster": key, "name": name, "content": content, "digest": digest}
            upsert(connection, cluster_files, {**row, "updated": time.time()})
            if ends is not None:
                write_certificates(connection, key, ends)

        self._write_as_holder(lease, put)
        return digest

    def delete_cluster_file(
        self, lease: Lease, name: str, ends: Collection[Certificate] | None = None
    ) -> None:
        """Delete a file of the lease's cluster, if there is one; ``ends`` as for storing it.

        Raises ``LeaseLostError``.
        """

        def drop(connection: Connection) -> None:
            key = connection.execute(select(self._id(lease.cluster))).scalar_one()
            mine = (cluster_files.c.cluster == key) & (cluster_files.c.name == name)
            connection.execute(delete(cluster_files).where(mine))
            if ends is not None:
                write_certificates(connection, key, ends)

        self._write_as_holder(lease, drop)

    def _write_as_holder(self, lease: Lease, write: Callable[[Connection], object]) -> None:
        try:
            with self._writer.begin() as connection:
                lease.check(connection)
                write(connection)
        except LeaseLostError:
            lease.count_refusal()
            raise


_FILES = (
    select(
        clusters.c.project,
        CLUSTER_NAME.label("cluster"),
        cluster_files.c.name,
        cluster_files.c.content,
        cluster_files.c.digest,
    )
    .join(clusters, clusters.c.id == cluster_files.c.cluster)
    .limit(1)
)
#: Names the lock under which the first file of a server's database is written.
_FIRST_FILE_LOCK = 0x73746F7265


def _lasting_file(connection: Connection) -> SealedFile | None:
    """Return a file of any cluster, which is not deleted before the transaction ends.

    Without one, no other transaction writes the first one before this one ends. SQLite has one
    writer at a time.
    """
    # A row can be changed meanwhile, so that writers do not wait for each other.
    query = _FILES.with_for_update(read=True, key_share=True, of=cluster_files)
    found = _first(connection, query)
    if found is None and connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_FIRST_FILE_LOCK)))
        found = _first(connection, query)
    return found


def _first(connection: Connection, query: Select[Any]) -> SealedFile | None:
    row = connection.execute(query).first()
    if row is None:
        return None
    return SealedFile(row.project, row.cluster, row.name, bytes(row.content), row.digest)
