"""What a principal can ask for about notifications; a part of ``AuthorizedApplication``."""

from __future__ import annotations

from typing import Any

from worldtree.app.authorized.schedules import AuthorizedSchedules
from worldtree.app.notifications.notification_service import NewChannel
from worldtree.app.page_cursors import decode_cursor
from worldtree.app.permission_checks import requires
from worldtree.app.tasks.task_reader import page_of
from worldtree.app.views import notifications


class AuthorizedNotifications(AuthorizedSchedules):
    """Reads and changes the channels of a project."""

    @requires("notification:get")
    def channels(self) -> dict[str, Any]:
        """Return the channels of the project, by name."""
        found = self._application.notifications.channels()
        return {"items": [notifications.channel_view(one) for one in found], "next": None}

    @requires("notification:manage")
    def create_channel(self, new: NewChannel) -> dict[str, Any]:
        """Store a channel."""
        return notifications.channel_view(self._application.notifications.create(new))

    @requires("notification:get")
    def channel(self, name: str) -> dict[str, Any]:
        """Return a channel."""
        return notifications.channel_view(self._application.notifications.channel(name))

    @requires("notification:manage")
    def delete_channel(self, name: str) -> None:
        """Delete a channel with its deliveries."""
        self._application.notifications.delete(name)

    @requires("notification:manage")
    def test_channel(self, name: str) -> dict[str, Any]:
        """Ask for a test delivery; return it."""
        return self._delivery(self._application.notifications.test(name))

    @requires("notification:get")
    def deliveries(
        self, limit: int, cursor: str | None = None, *, channel: str | None = None
    ) -> dict[str, Any]:
        """Return a page of deliveries, newest first."""
        before = None if cursor is None else int(decode_cursor(cursor, int)[0])
        found = self._application.notifications.deliveries(
            limit + 1, before=before, channel=channel
        )
        rows, more = page_of(found, limit)
        return notifications.delivery_page_view(rows, self._channel_names(), more=more)

    @requires("notification:manage")
    def replay_delivery(self, delivery: int) -> dict[str, Any]:
        """Deliver again; return the delivery."""
        self._application.notifications.replay(delivery)
        return self._delivery(delivery)

    def _delivery(self, delivery: int) -> dict[str, Any]:
        found = self._application.notifications.delivery(delivery)
        return notifications.delivery_view(found, self._channel_names())

    def _channel_names(self) -> dict[str, str]:
        return {one.id: one.name for one in self._application.notifications.channels()}
