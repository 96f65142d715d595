"""The versions of the clusters' documents."""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, func, select, update

from worldtree.core.errors import RefusedError
from worldtree.store.base import StorePart
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.schema import clusters, documents
from worldtree.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One version of a cluster's document."""

    digest: str
    cluster: str
    #: From 1.
    version: int
    body: str
    created: float


#: The documents with the names of their clusters.
_DOCUMENTS = select(
    *(column for column in documents.c if column is not documents.c.cluster),
    CLUSTER_NAME.label("cluster"),
).join(clusters, clusters.c.id == documents.c.cluster)


class Documents(StorePart):
    """Reads documents."""

    def document(self, digest: str) -> DocumentVersion:
        """Return the document with that digest. Raises ``KeyError``."""
        with self._engine.connect() as connection:
            row = connection.execute(_DOCUMENTS.where(documents.c.digest == digest)).one_or_none()
        if row is None:
            raise KeyError(digest)
        return DocumentVersion(**row._mapping)

    def documents(self, cluster: str) -> list[DocumentVersion]:
        """Return every version of a cluster's document, newest first."""
        query = _DOCUMENTS.where(documents.c.cluster == self._id(cluster))
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(documents.c.version.desc()))
            return [DocumentVersion(**row._mapping) for row in rows]

    def wanted_document(self, cluster: str) -> DocumentVersion | None:
        """Return the document that a service was given last for a cluster; None without one."""
        key = select(clusters.c.document).where(clusters.c.id == self._id(cluster))
        query = _DOCUMENTS.where(documents.c.digest == key.scalar_subquery())
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else DocumentVersion(**row._mapping)

    def put_document(self, cluster: str, body: str, before: str | None) -> DocumentVersion:
        """Make a text the wanted document of a cluster, which is created unless it exists.

        ``before`` is the digest of the document that it replaces, None for none. Raises
        ``RefusedError`` when the cluster has another one by now.
        """
        with self._writer.begin() as connection:
            digest = self._put_document(connection, cluster, body, before)
        return self.document(digest)

    def _put_document(
        self, connection: Connection, cluster: str, body: str, before: str | None
    ) -> str:
        """Do what ``put_document`` does, within a transaction; return the digest."""
        now = time.time()
        key = self._ensure(connection, cluster, now)
        digest = keep_document(connection, key, body, now)
        is_same = clusters.c.document.is_not_distinct_from(before)
        query = update(clusters).where(clusters.c.id == key, is_same)
        if not connection.execute(query.values(document=digest)).rowcount:
            raise RefusedError(
                f"the document of cluster `{cluster}` was changed in the meantime",
                code="document-changed",
                hint="read it again, and make the change in that version",
            )
        return digest


def keep_document(connection: Connection, cluster: str, body: str, now: float) -> str:
    """Store a text as the next version, unless the cluster (its id) has it; return its digest."""
    # Serializes the numbering of two tasks of one cluster.
    row = select(clusters.c.id).where(clusters.c.id == cluster)
    connection.execute(row.with_for_update())
    versions = select(func.max(documents.c.version)).where(documents.c.cluster == cluster)
    digest = sha256(f"{cluster}\n{body}".encode()).hexdigest()
    fields = {"digest": digest, "cluster": cluster, "body": body, "created": now}
    last = connection.execute(versions).scalar() or 0
    insert_new(connection, documents, {**fields, "version": last + 1})
    return digest
