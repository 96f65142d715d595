"""Makes, tests and shows channels of notifications, and their deliveries."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field, JsonValue, ValidationError

from worldtree.app.documents.policy.secrets import allows_reference
from worldtree.app.notifications.channel_kind import channel_kinds
from worldtree.app.notifications.notifier import Notifier
from worldtree.app.notifications.quiet_hours import QuietHours
from worldtree.app.ports import Ports
from worldtree.app.tasks.task_requests import Request
from worldtree.core.errors import RefusedError
from worldtree.core.network_guard import NetworkGuard, read_networks
from worldtree.core.settings import Settings
from worldtree.core.suggestions import did_you_mean
from worldtree.core.time_zones import read_zone
from worldtree.spec.secret_references import BadReference, SecretRef, split_references, walk_texts

if TYPE_CHECKING:
    from worldtree.store.channels import ChannelRecord
    from worldtree.store.deliveries import DeliveryRecord
    from worldtree.store.store import Store

#: A variable of the service whose name begins with this, the project and two underscores is for
#: the channels of that project alone.
_OWN_VARIABLES = "WORLDTREE_NOTIFY_"
#: The rest of its name: no other project's name can be in it.
_REST = re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)*")


class NewChannel(Request):
    """A channel of a project."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    kind: str = Field(max_length=100, description="`webhook`, `email`, or one of a package.")
    settings: dict[str, JsonValue] = Field(description="Of the kind; secrets are references.")
    events: list[str] = Field(
        default=[], max_length=50, description="Kinds of notices; an empty list is all of them."
    )
    quiet_hours: QuietHours | None = Field(
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
        """Store a channel. Raises ``RefusedError`` for invalid settings and a name taken."""
        from worldtree.store.notices import NoticeKind

        for event in new.events:
            if event not in {one.value for one in NoticeKind}:
                raise _invalid("unknown kind of notice", did_you_mean(event, list(NoticeKind)))
        if new.quiet_hours is not None:
            read_zone(new.quiet_hours.time_zone)
        settings = self._checked(new.kind, new.settings)
        quiet = None if new.quiet_hours is None else new.quiet_hours.model_dump()
        return self._store().add_channel(
            new.name,
            new.kind,
            settings=settings,
            events=new.events,
            quiet=quiet,
            who=self._ports.actor,
            now=self._clock(),
        )

    def _checked(self, kind: str, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        known = channel_kinds().values
        if kind not in known:
            raise _invalid("unknown kind of channel", f"the kinds are {', '.join(known)}")
        try:
            found = known[kind].check(settings)
        except ValidationError as problem:
            first = problem.errors(include_input=False, include_url=False)[0]
            place = ".".join(("settings", *(str(part) for part in first["loc"])))
            words = first["msg"].removeprefix("Value error, ")
            raise _invalid(f"{place}: {words}") from None
        except ValueError as problem:
            raise _invalid(f"settings: {problem}") from None
        for name in known[kind].secret_settings:
            text = found.get(name)
            parts = [] if text is None else split_references(str(text))
            if text is not None and not (len(parts) == 1 and isinstance(parts[0], SecretRef)):
                raise _invalid(
                    f"settings.{name}: not a reference to a secret",
                    f"write it as `${{env:{self._own_variables()}…}}` or "
                    "`${vault:mount/path#key}`",
                )
        for _, text in walk_texts(dict(found)):
            for part in split_references(text):
                self._check_reference(part)
        return found

    def _check_reference(self, part: str | SecretRef | BadReference) -> None:
        if isinstance(part, BadReference):
            raise _invalid(f"a reference to a secret is not valid: {part.reason}")
        if not isinstance(part, SecretRef):
            return
        if part.provider == "prompt":
            raise _invalid("a channel cannot ask for a secret", "use another provider")
        policy = self._ports.policy
        own = self._own_variables()
        is_own = (
            part.provider == "env"
            and part.rest.startswith(own)
            and _REST.fullmatch(part.rest.removeprefix(own)) is not None
        )
        if policy is not None and not is_own and not allows_reference(policy.secrets, part):
            raise _invalid(
                "the policy of the service does not allow this secret",
                f"use a variable whose name begins with `{own}`, or ask the operator",
            )

    def _own_variables(self) -> str:
        """Return how the names of the project's variables begin."""
        store = self._store()
        name = next(one.name for one in store.list_projects() if one.id == store.project)
        return f"{_OWN_VARIABLES}{re.sub('[^A-Z0-9]', '_', name.upper())}__"

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
                hint="`wt notify channel list` shows the channels",
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
        "unknown delivery", code="delivery-unknown", hint="`wt notify log` shows the deliveries"
    )


def _invalid(summary: str, hint: str = "") -> RefusedError:
    return RefusedError(summary, code="channel-invalid", hint=hint)
