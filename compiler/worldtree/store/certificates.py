"""When certificates of clusters expire."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, func, insert, select

from worldtree.store.base import StorePart
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.schema import clusters, projects
from worldtree.store.service_tables import certificates


class Certificate(NamedTuple):
    """A certificate; ``not_after`` is UTC epoch seconds."""

    #: What it is for, of a few kinds: ``authority``, ``certificate``.
    kind: str
    #: Unique per cluster and kind.
    name: str
    not_after: float


class CertificateExpiry(NamedTuple):
    """When the first certificate of a kind expires, for a monitoring system."""

    #: The name of the project.
    project: str
    cluster: str
    kind: str
    not_after: float


def write_certificates(connection: Connection, key: str, found: Collection[Certificate]) -> None:
    """Write the certificates of the cluster with the id ``key``, instead of those before."""
    connection.execute(delete(certificates).where(certificates.c.cluster == key))
    if found:
        now = time.time()
        rows = [{**one._asdict(), "cluster": key, "seen": now} for one in found]
        connection.execute(insert(certificates), rows)


class Certificates(StorePart):
    """Writes and reads what is known of certificates."""

    def replace_certificates(self, cluster: str, found: Collection[Certificate]) -> None:
        """Store the certificates of an existing cluster, instead of those known before."""
        with self._writer.begin() as connection:
            key = connection.execute(select(self._id(cluster))).scalar_one()
            write_certificates(connection, key, found)

    def certificates(self, cluster: str) -> list[Certificate]:
        """Return the certificates of a cluster, the first to expire first."""
        columns = (certificates.c.kind, certificates.c.name, certificates.c.not_after)
        query = (
            select(*columns)
            .where(certificates.c.cluster == self._id(cluster))
            .order_by(certificates.c.not_after, certificates.c.kind, certificates.c.name)
        )
        with self._engine.connect() as connection:
            return [Certificate(*row) for row in connection.execute(query)]

    def certificate_expiry(self, limit: int) -> list[CertificateExpiry]:
        """Return the first end of each kind of at most ``limit`` clusters of all projects."""
        mine = (
            select(clusters.c.id)
            .join(projects, projects.c.id == clusters.c.project)
            .where(exists().where(certificates.c.cluster == clusters.c.id))
            .order_by(projects.c.name, CLUSTER_NAME)
            .limit(limit)
            .subquery()
        )
        query = (
            select(
                projects.c.name,
                CLUSTER_NAME,
                certificates.c.kind,
                func.min(certificates.c.not_after),
            )
            .select_from(clusters)
            .join(mine, mine.c.id == clusters.c.id)
            .join(projects, projects.c.id == clusters.c.project)
            .join(certificates, certificates.c.cluster == clusters.c.id)
            .group_by(projects.c.name, clusters.c.id, clusters.c.label, certificates.c.kind)
            .order_by(projects.c.name, CLUSTER_NAME, certificates.c.kind)
        )
        with self._engine.connect() as connection:
            return [CertificateExpiry(*row) for row in connection.execute(query)]
