"""States that are reported when they change: drift of clusters, and ends of certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, func, select

from worldtree.results.notice_kind import NoticeKind
from worldtree.store.base import StorePart
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.notices import NewNotice, add_notice, last_kind
from worldtree.store.schema import clusters
from worldtree.store.service_tables import certificates, channels, drift_reports

_CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class ExpiringCertificate:
    """A certificate of a cluster (its name) in a project (its id); times are epoch seconds."""

    project: str
    cluster: str
    kind: str
    name: str
    not_after: float


@dataclass(frozen=True, slots=True)
class NewestDrift:
    """The newest drift report of a cluster (its name) in a project (its id)."""

    project: str
    cluster: str
    task: str
    status: str
    differing: int


class StandingStates(StorePart):
    """Reads the states of clusters of all projects that have channels, and adds notices."""

    def certificates_until(self, until: float) -> list[ExpiringCertificate]:
        """Return the certificates that end before a time."""
        query = (
            select(
                clusters.c.project,
                CLUSTER_NAME.label("cluster"),
                certificates.c.kind,
                certificates.c.name,
                certificates.c.not_after,
            )
            .join(clusters, clusters.c.id == certificates.c.cluster)
            .where(certificates.c.not_after < until, clusters.c.project.in_(_HEARD))
        )
        with self._engine.connect() as connection:
            return [ExpiringCertificate(**row._mapping) for row in connection.execute(query)]

    def note_certificate(self, found: ExpiringCertificate, days: int, now: float) -> None:
        """Add that a certificate ends within so many days, once for each number of days."""
        end = datetime.fromtimestamp(found.not_after, UTC).isoformat(timespec="minutes")[:16]
        what = f"certificate {found.name} ({found.kind}) of cluster {found.cluster}"
        key = f"{found.project} {found.cluster} {found.kind} {found.name} {found.not_after} {days}"
        notice = NewNotice(
            found.project,
            NoticeKind.CERTIFICATE_EXPIRING,
            f"certificate {key}",
            f"{what} {'expires' if found.not_after > now else 'expired'} at {end}Z",
            found.cluster,
            data={"certificate": found.name, "certificate_kind": found.kind, "not_after": end},
        )
        with self._writer.begin() as connection:
            add_notice(connection, notice, now)

    def newest_drift(self) -> list[NewestDrift]:
        """Return the newest report of each cluster."""
        newest = (
            select(drift_reports.c.cluster, func.max(drift_reports.c.time).label("time"))
            .group_by(drift_reports.c.cluster)
            .subquery()
        )
        query = (
            select(
                clusters.c.project,
                CLUSTER_NAME.label("cluster"),
                drift_reports.c.task,
                drift_reports.c.status,
                drift_reports.c.differing,
            )
            .join(
                newest,
                and_(
                    newest.c.cluster == drift_reports.c.cluster,
                    newest.c.time == drift_reports.c.time,
                ),
            )
            .join(clusters, clusters.c.id == drift_reports.c.cluster)
            .where(clusters.c.project.in_(_HEARD))
        )
        with self._engine.connect() as connection:
            return [NewestDrift(**row._mapping) for row in connection.execute(query)]

    def note_drift(self, found: NewestDrift, now: float) -> None:
        """Add that a cluster differs from its document now, or does not any more."""
        kind = NoticeKind.DRIFT_RESOLVED if found.status == _CLEAN else NoticeKind.DRIFT
        subject = "drift"
        with self._writer.begin() as connection:
            before = last_kind(connection, found.project, found.cluster, subject)
            if before == kind or (before is None and kind is NoticeKind.DRIFT_RESOLVED):
                return
            words = {_CLEAN: "matches its document again", "drifted": "differs from its document"}
            summary = f"cluster {found.cluster} " + words.get(
                found.status, "could not be compared with its document as a whole"
            )
            data = {"status": found.status, "differing": found.differing}
            key = f"drift {found.task} {found.status}"
            notice = NewNotice(
                found.project, kind, key, summary, found.cluster, found.task, subject, data
            )
            add_notice(connection, notice, now)


_HEARD = select(channels.c.project)
