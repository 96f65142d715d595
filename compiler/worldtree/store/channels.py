"""Channels: where notices of a project go. All times are UTC epoch seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.service_tables import channels, deliveries


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """Where notices of a project go."""

    id: str
    #: The id of the project.
    project: str
    name: str
    kind: str
    #: Of its kind; secrets are references.
    settings: Mapping[str, Any]
    #: Kinds of notices that it wants; empty for all.
    events: Sequence[str]
    #: Quiet hours.
    quiet: Mapping[str, Any] | None
    created: float


class Channels(StorePart):
    """Writes and reads the channels of a project."""

    def add_channel(
        self,
        name: str,
        kind: str,
        *,
        settings: Mapping[str, Any],
        events: Sequence[str],
        quiet: Mapping[str, Any] | None,
        who: Actor,
        now: float,
    ) -> ChannelRecord:
        """Store a channel. Raises ``RefusedError`` where the project has one of the name."""
        found = ChannelRecord(uuid4().hex, self.project, name, kind, settings, events, quiet, now)
        row = {
            "id": found.id,
            "project": self.project,
            "name": name,
            "kind": kind,
            "settings": json.dumps(settings),
            "events": json.dumps(list(events)),
            "quiet": None if quiet is None else json.dumps(quiet),
            "created": now,
        }
        try:
            with self._writer.begin() as connection:
                connection.execute(insert(channels), row)
                add_entry(connection, "channel-created", who, detail=name, project=self.project)
        except IntegrityError as problem:
            raise RefusedError(
                f"there is a channel `{name}` already",
                code="channel-exists",
                hint="delete it first, or choose another name",
            ) from problem
        return found

    def list_channels(self) -> list[ChannelRecord]:
        """Return the channels of the project, by name."""
        query = select(channels).where(channels.c.project == self.project)
        with self._engine.connect() as connection:
            return [_channel(row) for row in connection.execute(query.order_by(channels.c.name))]

    def all_channels(self) -> list[ChannelRecord]:
        """Return the enabled channels of all projects."""
        query = select(channels).order_by(channels.c.id)
        with self._engine.connect() as connection:
            return [_channel(row) for row in connection.execute(query)]

    def delete_channel(self, name: str, who: Actor) -> bool:
        """Delete a channel with its deliveries; return False if the project has none."""
        mine = (channels.c.name == name) & (channels.c.project == self.project)
        ids = select(channels.c.id).where(mine).scalar_subquery()
        with self._writer.begin() as connection:
            connection.execute(delete(deliveries).where(deliveries.c.channel == ids))
            if not connection.execute(delete(channels).where(mine)).rowcount:
                return False
            add_entry(connection, "channel-deleted", who, detail=name, project=self.project)
        return True


def _channel(row: Any) -> ChannelRecord:
    quiet = None if row.quiet is None else json.loads(row.quiet)
    values = {
        **row._mapping,
        "settings": json.loads(row.settings),
        "events": tuple(json.loads(row.events)),
        "quiet": quiet,
    }
    return ChannelRecord(**values)
