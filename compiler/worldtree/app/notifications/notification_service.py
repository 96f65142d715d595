"""Makes, tests and shows channels of notifications, and their deliveries."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, JsonValue

from worldtree.app.notifications.channel_kind import channel_kinds
from worldtree.app.notifications.channel_settings import checked_settings
from worldtree.app.notifications.notifier import Notifier
from worldtree.app.notifications.quiet_hours import AskedQuietHours
from worldtree.app.ports import Ports
from worldtree.app.request_fields import PlainName, field_error
from worldtree.app.tasks.task_requests import Request
from worldtree.core.errors import Diagnostic, RefusedError
from worldtree.core.network_guard import NetworkGuard, read_networks
from worldtree.core.next_steps import NextStep
from worldtree.core.settings import Settings
from worldtree.core.suggestions import did_you_mean
from worldtree.results.notice_kind import NoticeKind

if TYPE_CHECKING:
    from worldtree.store.channels import ChannelRecord
    from worldtree.store.deliveries import DeliveryRecord
    from worldtree.store.store import Store

#: A variable of the service whose name begins with this, the project and two underscores is for
#: the channels of that project alone.
_OWN_VARIABLES = "WORLDTREE_NOTIFY_"
#: Characters of a wrong value in a message, at most.
_MAX_SHOWN = 100


def _known_event(value: Any) -> Any:
    known = [one.value for one in NoticeKind]
    if isinstance(value, str) and value not in known:
        raise field_error(
            "unknown-event",
            f"unknown event `{value[:_MAX_SHOWN]}`",
            did_you_mean(value[:_MAX_SHOWN], known, f"the events are {', '.join(known)}"),
        )
    return value


class NewChannel(Request):
    """A channel of a project."""

    name: PlainName
    kind: str = Field(max_length=100, description="`webhook`, `email`, or one of a package.")
    settings: dict[str, JsonValue] = Field(description="Of the kind; secrets are references.")
    events: list[Annotated[NoticeKind, BeforeValidator(_known_event)]] = Field(
        default=[], max_length=50, description="Kinds of notices; an empty list is all of them."
    )
    quiet_hours: AskedQuietHours | None = Field(
        default=None, description="What happens in them is reported afterwards, in one message."
    )


class NotificationService:
    """Works on the channels of its store's project, for the actor of its ports."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        store: Callable[[], Store],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._ports, self._store, self._clock = settings, ports, store, clock

    def create(self, new: NewChannel) -> ChannelRecord:
        """Store a channel.

        Raises ``InputError`` for an unknown kind and its settings, ``RefusedError`` for a name that
        is taken.
        """
        store, service = self._store(), self._ports.policy
        policy = None if service is None else service.of_project(store.project_settings())
        settings = checked_settings(new.kind, new.settings, policy, self._own_variables())
        quiet = None if new.quiet_hours is None else new.quiet_hours.stored()
        return store.add_channel(
            new.name,
            new.kind,
            settings=settings,
            events=[one.value for one in new.events],
            quiet=quiet,
            who=self._ports.actor,
            now=self._clock(),
        )

    def _own_variables(self) -> str:
        """Return how the names of the project's variables begin."""
        store = self._store()
        name = next(one.name for one in store.list_projects() if one.id == store.project)
        return f"{_OWN_VARIABLES}{re.sub('[^A-Z0-9]', '_', name.upper())}__"

    @staticmethod
    def broken_kinds() -> tuple[Diagnostic, ...]:
        """Return a warning for each kind of an installed package that cannot be used."""
        return tuple(one.diagnostic() for one in channel_kinds().broken)

    def channels(self) -> list[ChannelRecord]:
        """Return the channels of the project, by name."""
        return self._store().list_channels()

    def channel(self, name: str) -> ChannelRecord:
        """Return a channel; raises ``RefusedError`` for an unknown one."""
        found = next((one for one in self.channels() if one.name == name), None)
        if found is None:
            raise RefusedError(
                f"unknown channel `{name}`",
                code="channel-unknown",
                next_steps=[NextStep("list-channels", "", "see all channels")],
            )
        return found

    def delete(self, name: str) -> None:
        """Delete a channel with its deliveries."""
        self._store().delete_channel(self.channel(name).name, self._ports.actor)

    def test(self, name: str) -> int:
        """Store a notice for one channel; return the id of its delivery, which is due at once."""
        from worldtree.store.deliveries import NoticeRecord

        now = self._clock()
        words = {"summary": f"a test of the channel {name}", "actor": self._ports.actor.name}
        notice = NoticeRecord(0, "", None, None, "test", words, now)
        return self._store().add_delivery(notice, self.channel(name).id, now, self._ports.actor)

    def deliveries(
        self, limit: int, *, before: int | None = None, channel: str | None = None
    ) -> Sequence[DeliveryRecord]:
        """Return deliveries, newest first, those with ids below ``before``."""
        if channel is not None:
            self.channel(channel)
        return self._store().deliveries(limit, before=before, channel=channel)

    def delivery(self, delivery: int) -> DeliveryRecord:
        """Return a delivery of the project; raises ``RefusedError``."""
        found = self._store().deliveries(1, before=delivery + 1)
        if not found or found[0].id != delivery:
            raise _unknown_delivery()
        return found[0]

    def replay(self, delivery: int) -> DeliveryRecord:
        """Deliver again, as if for the first time; receivers know it by its id."""
        if not self._store().replay_delivery(delivery, self._clock(), self._ports.actor):
            raise _unknown_delivery()
        return self.delivery(delivery)

    def notifier(self) -> Notifier:
        """Return what delivers, for all projects."""
        guard = NetworkGuard(read_networks(self._settings.notify_networks))
        return Notifier(self._store, self._ports.environ, guard)


def _unknown_delivery() -> RefusedError:
    return RefusedError(
        "unknown delivery",
        code="delivery-unknown",
        next_steps=[NextStep("list-deliveries", "", "see all deliveries")],
    )
