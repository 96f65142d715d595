"""What was or is to be delivered to channels. All times are UTC epoch seconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, insert, select, update

from worldtree.core.actor import Actor
from worldtree.store.audit import add_entry
from worldtree.store.channels import ChannelRecord, Channels
from worldtree.store.projections import database_text
from worldtree.store.service_tables import channels, deliveries, notices


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """Something that happened; ``project`` is an id, ``cluster`` a name."""

    id: int
    project: str
    cluster: str | None
    task: str | None
    kind: str
    body: Mapping[str, Any]
    created: float


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A notice for a channel."""

    id: int
    channel: str
    status: str
    #: The delivery in whose summary it is.
    summary: int | None
    tries: int
    next_try: float | None
    ended: float | None
    message: str | None
    notice: NoticeRecord


#: Of a notice and a channel: when to deliver it, and whether it is held until then.
Placement = Callable[[NoticeRecord, ChannelRecord], tuple[float, bool] | None]


class Deliveries(Channels):
    """Makes deliveries of notices, and keeps what became of them."""

    def spread_notices(self, place: Placement, now: float, limit: int = 500) -> int:
        """Make the deliveries of new notices, each in one transaction; return how many notices."""
        query = select(notices).where(notices.c.spread.is_(None)).order_by(notices.c.id)
        with self._engine.connect() as connection:
            new = [_notice(row) for row in connection.execute(query.limit(limit))]
        known = self.all_channels() if new else []
        for notice in new:
            rows = []
            for channel in known:
                where = place(notice, channel) if channel.project == notice.project else None
                if where is not None:
                    rows.append(_new_delivery(notice.id, channel.id, *where))
            with self._writer.begin() as connection:
                mine = (notices.c.id == notice.id) & notices.c.spread.is_(None)
                taken = connection.execute(update(notices).where(mine).values(spread=now))
                if taken.rowcount and rows:
                    connection.execute(insert(deliveries), rows)
        return len(new)

    def add_delivery(self, notice: NoticeRecord, channel: str, now: float, who: Actor) -> int:
        """Store a notice that is for one channel alone, and its delivery; return its id."""
        row = {
            "project": self.project,
            "kind": notice.kind,
            "key": f"{notice.kind} {uuid4().hex}",
            "body": json.dumps(notice.body),
            "created": now,
            "spread": now,
        }
        with self._writer.begin() as connection:
            key = connection.execute(insert(notices).returning(notices.c.id), row).scalar_one()
            query = insert(deliveries).returning(deliveries.c.id)
            made: int = connection.execute(
                query, _new_delivery(key, channel, now, False)
            ).scalar_one()
            detail = f"delivery {made}"
            add_entry(connection, "channel-tested", who, detail=detail, project=self.project)
        return made

    def due_deliveries(
        self, now: float, limit: int = 200, *, delivery: int | None = None
    ) -> list[DeliveryRecord]:
        """Return what is to be delivered now, of all projects: the oldest ``limit`` per channel.

        ``delivery`` leaves out all others.
        """
        due = deliveries.c.status.in_(("waiting", "held")) & (deliveries.c.next_try <= now)
        if delivery is not None:
            due &= deliveries.c.id == delivery
        place = func.row_number().over(partition_by=deliveries.c.channel, order_by=deliveries.c.id)
        placed = select(deliveries.c.id, place.label("place")).where(due).subquery()
        first = select(placed.c.id).where(placed.c.place <= limit)
        return self._deliveries(None, deliveries.c.id.in_(first), oldest_first=True)

    def summarised(self, delivery: int) -> list[DeliveryRecord]:
        """Return the deliveries that are in the summary of another one."""
        return self._deliveries(10_000, deliveries.c.summary == delivery, oldest_first=True)

    def deliveries(
        self, limit: int, *, before: int | None = None, channel: str | None = None
    ) -> list[DeliveryRecord]:
        """Return deliveries of the project, newest first; ``channel`` is the name of one."""
        of = channels.c.project == self.project
        if channel is not None:
            of = of & (channels.c.name == channel)
        known: list[Any] = [deliveries.c.channel.in_(select(channels.c.id).where(of))]
        if before is not None:
            known.append(deliveries.c.id < before)
        return self._deliveries(limit, *known)

    def _deliveries(
        self, limit: int | None, *conditions: Any, oldest_first: bool = False
    ) -> list[DeliveryRecord]:
        order = deliveries.c.id if oldest_first else deliveries.c.id.desc()
        query = (
            select(notices, *(c.label(f"delivery_{c.name}") for c in deliveries.c))
            .join(notices, notices.c.id == deliveries.c.notice)
            .where(*conditions)
            .order_by(order)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(query)]

    def claim_delivery(self, delivery: DeliveryRecord, until: float) -> bool:
        """Take a delivery until a time; return False if another process has it, or it ended."""
        return self._change(
            delivery, status="waiting", tries=deliveries.c.tries + 1, next_try=until
        )

    def postpone_delivery(self, delivery: DeliveryRecord, until: float) -> bool:
        """Hold a delivery until a time, without counting a try."""
        return self._change(delivery, status="held", next_try=until)

    def _change(self, delivery: DeliveryRecord, **values: Any) -> bool:
        query = update(deliveries).where(
            deliveries.c.id == delivery.id,
            deliveries.c.status == delivery.status,
            deliveries.c.tries == delivery.tries,
            deliveries.c.next_try == delivery.next_try,
        )
        with self._writer.begin() as connection:
            return bool(connection.execute(query.values(**values)).rowcount)

    def summarise(self, leader: DeliveryRecord, others: Sequence[DeliveryRecord]) -> bool:
        """Make ``others`` a part of ``leader``; return False if one of them has changed."""
        ids = [one.id for one in others]
        query = update(deliveries).where(deliveries.c.id.in_(ids), deliveries.c.status == "held")
        mine = (deliveries.c.id == leader.id) & (deliveries.c.status == "held")
        with self._writer.begin() as connection:
            if not connection.execute(
                update(deliveries).where(mine).values(status="waiting")
            ).rowcount:
                return False
            connection.execute(query.values(status="summarised", next_try=None, summary=leader.id))
        return True

    def end_try(
        self,
        delivery: int,
        *,
        status: str,
        message: str,
        next_try: float | None,
        ended: float | None,
    ) -> None:
        """Keep how a try ended; what is in its summary ends with it."""
        values = {"status": status, "message": database_text(message), "ended": ended}
        with self._writer.begin() as connection:
            mine = update(deliveries).where(deliveries.c.id == delivery)
            connection.execute(mine.values(**values, next_try=next_try))
            if ended is not None:
                parts = update(deliveries).where(deliveries.c.summary == delivery)
                connection.execute(parts.values(message=values["message"], ended=ended))

    def replay_delivery(self, delivery: int, now: float, who: Actor) -> bool:
        """Deliver again, as if for the first time; False where the project has none of the id."""
        mine = select(channels.c.id).where(channels.c.project == self.project)
        query = update(deliveries).where(
            deliveries.c.id == delivery, deliveries.c.channel.in_(mine)
        )
        values = {"status": "waiting", "tries": 0, "next_try": now, "ended": None, "summary": None}
        with self._writer.begin() as connection:
            if not connection.execute(query.values(**values)).rowcount:
                return False
            detail = f"delivery {delivery}"
            add_entry(connection, "delivery-replayed", who, detail=detail, project=self.project)
        return True

    def forget_notices(self, before: float) -> None:
        """Delete notices that were made before a time, with their deliveries."""
        old = select(notices.c.id).where(notices.c.created < before, notices.c.spread.is_not(None))
        with self._writer.begin() as connection:
            connection.execute(delete(deliveries).where(deliveries.c.notice.in_(old)))
            connection.execute(
                delete(notices).where(notices.c.created < before, notices.c.spread.is_not(None))
            )


def _new_delivery(notice: int, channel: str, next_try: float, is_held: bool) -> dict[str, Any]:
    status = "held" if is_held else "waiting"
    return {
        "notice": notice,
        "channel": channel,
        "status": status,
        "tries": 0,
        "next_try": next_try,
    }


def _notice(row: Any) -> NoticeRecord:
    return NoticeRecord(
        row.id, row.project, row.cluster, row.task, row.kind, json.loads(row.body), row.created
    )


def _delivery(row: Any) -> DeliveryRecord:
    return DeliveryRecord(
        row.delivery_id,
        row.delivery_channel,
        row.delivery_status,
        row.delivery_summary,
        row.delivery_tries,
        row.delivery_next_try,
        row.delivery_ended,
        row.delivery_message,
        _notice(row),
    )
