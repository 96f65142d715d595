"""Delivers notices to channels, with retries; several services may do so at the same time."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from worldtree.app.notifications.channel_kind import DeliveryError, channel_kinds
from worldtree.app.notifications.notification_message import outgoing
from worldtree.app.notifications.quiet_hours import QuietHours
from worldtree.app.notifications.standing_notices import add_standing_notices
from worldtree.core.errors import RefusedError
from worldtree.core.network_guard import NetworkGuard
from worldtree.secrets.errors import SecretError
from worldtree.secrets.redact import Redactor
from worldtree.secrets.resolver import SecretResolver, SecretSources
from worldtree.spec.secret_references import substitute

if TYPE_CHECKING:
    from worldtree.store.channels import ChannelRecord
    from worldtree.store.deliveries import DeliveryRecord, NoticeRecord
    from worldtree.store.store import Store

_LOG = logging.getLogger(__name__)

#: Seconds until the second try; each wait is twice as long as the one before, to the longest.
_FIRST_WAIT, _LONGEST_WAIT = 30.0, 7200.0
#: With these waits, the last try is 22 hours after the first one.
_MAX_TRIES = 19
#: A process that took a delivery and died has it for so many seconds.
_CLAIM_SECONDS = 300.0
#: Deliveries of a channel in one run: a slow one does not keep the others waiting.
_AT_ONCE, _THREADS = 5, 4
#: Seconds between looks at what has no event of its own, and how long notices are kept.
_STANDING_INTERVAL, _KEPT_SECONDS = 60.0, 90 * 86400.0


class Notifier:
    """Makes deliveries of new notices, and delivers what is due."""

    def __init__(
        self,
        store: Callable[[], Store],
        environ: Mapping[str, str],
        guard: NetworkGuard,
        *,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """``environ`` is what secret providers get; ``jitter`` returns numbers below 1."""
        self._store, self._environ, self._guard = store, environ, guard
        self._clock, self._jitter = clock, jitter
        self._next_look = 0.0
        self._has_named_broken = False

    def run_once(self) -> None:
        """Do what is due now."""
        store, now = self._store(), self._clock()
        if not self._has_named_broken:
            self._has_named_broken = True
            for broken in channel_kinds().broken:
                found = broken.diagnostic()
                _LOG.warning("%s: %s", found.summary, found.detail)
        if now >= self._next_look:
            self._next_look = now + _STANDING_INTERVAL
            store.forget_notices(now - _KEPT_SECONDS)
            add_standing_notices(store, now)
        store.spread_notices(lambda notice, channel: _placement(notice, channel, now), now)
        self._deliver_due(store, now)

    def deliver_now(self, delivery: int) -> str:
        """Try one delivery at once; return its status."""
        store, now = self._store(), self._clock()
        channels = {one.id: one for one in store.all_channels()}
        for one in store.due_deliveries(now, delivery=delivery):
            if store.claim_delivery(one, now + _CLAIM_SECONDS):
                resolver = SecretResolver(SecretSources(self._environ))
                try:
                    self._try(store, one, channels[one.channel], _names(store), resolver)
                finally:
                    resolver.close()
        found = next((d for d in store.deliveries(1, before=delivery + 1)), None)
        return "unknown" if found is None else found.status

    def _deliver_due(self, store: Store, now: float) -> None:
        due = store.due_deliveries(now)
        if not due:
            return
        channels = {one.id: one for one in store.all_channels()}
        by_channel: dict[str, list[DeliveryRecord]] = {}
        for one in due:
            by_channel.setdefault(one.channel, []).append(one)
        work: list[tuple[DeliveryRecord, ChannelRecord]] = []
        for key, mine in by_channel.items():
            if (channel := channels.get(key)) is not None:
                chosen = _chosen(store, channel, mine, now)
                work += [(one, channel) for one in chosen]
        resolver, names = SecretResolver(SecretSources(self._environ)), _names(store)
        try:
            with ThreadPoolExecutor(_THREADS) as pool:
                tries = [
                    pool.submit(self._try, store, one, channel, names, resolver)
                    for one, channel in work
                    if store.claim_delivery(one, now + _CLAIM_SECONDS)
                ]
            for one_try in tries:
                one_try.result()
        finally:
            resolver.close()

    def _try(
        self,
        store: Store,
        delivery: DeliveryRecord,
        channel: ChannelRecord,
        names: Mapping[str, str],
        resolver: SecretResolver,
    ) -> None:
        """Send a delivery that this process took, and keep how that ended."""
        now, tries = self._clock(), delivery.tries + 1
        project = names.get(channel.project, channel.project)
        message = outgoing(delivery, store.summarised(delivery.id), project, now)
        try:
            kind = channel_kinds().values.get(channel.kind)
            if kind is None:
                raise DeliveryError(_missing_kind(channel.kind))
            settings = _resolved(dict(channel.settings), resolver)
            words = kind.send(message, settings, self._guard)
        except DeliveryError as problem:
            is_over = problem.is_final or tries >= _MAX_TRIES
            wait = min(_FIRST_WAIT * 2 ** (tries - 1), _LONGEST_WAIT)
            # Shorter by up to a fifth: receivers that were away are not asked by all at once.
            next_try = None if is_over else now + wait * (1 - self._jitter() / 5)
            said = Redactor(resolver.values()[0]).text(str(problem))
            status = "failed" if is_over else "waiting"
            self._end(store, delivery, status, said, next_try)
        except Exception as error:  # A kind of another package must not end the others.
            said = f"the channel kind `{channel.kind}` failed: {type(error).__name__}"
            self._end(store, delivery, "failed", said, None)
        else:
            self._end(store, delivery, "delivered", words, None)

    def _end(
        self,
        store: Store,
        delivery: DeliveryRecord,
        status: str,
        message: str,
        next_try: float | None,
    ) -> None:
        ended = self._clock() if next_try is None else None
        store.end_try(delivery.id, status=status, message=message, next_try=next_try, ended=ended)


def _missing_kind(name: str) -> str:
    broken = next((one for one in channel_kinds().broken if one.name == name), None)
    if broken is not None:
        return f"the channel kind `{name}` of the package {broken.package} {broken.fault}"
    return f"no installed package has the channel kind `{name}`"


def _placement(
    notice: NoticeRecord, channel: ChannelRecord, now: float
) -> tuple[float, bool] | None:
    if channel.events and notice.kind not in channel.events:
        return None
    end = _quiet_end(channel, now)
    return (now, False) if end is None else (end, True)


def _quiet_end(channel: ChannelRecord, now: float) -> float | None:
    if channel.quiet is None:
        return None
    try:
        return QuietHours.read(channel.quiet).end_at(now)
    except (ValidationError, RefusedError):
        # Of another version, or in a time zone that this machine does not know: tell it at once.
        return None


def _chosen(
    store: Store, channel: ChannelRecord, due: list[DeliveryRecord], now: float
) -> list[DeliveryRecord]:
    """Return what to try now; in quiet hours nothing, after them one summary of what was held."""
    from dataclasses import replace

    if (end := _quiet_end(channel, now)) is not None:
        for one in due:
            store.postpone_delivery(one, end)
        return []
    held = [one for one in due if one.status == "held"]
    waiting = [one for one in due if one.status == "waiting"]
    if len(held) > 1:
        if not store.summarise(held[0], held[1:]):
            return []
        held = [replace(held[0], status="waiting")]
    return [*held, *waiting][:_AT_ONCE]


def _names(store: Store) -> dict[str, str]:
    return {one.id: one.name for one in store.list_projects()}


def _resolved(value: Any, resolver: SecretResolver) -> Any:
    """Return settings with secrets in the place of references; raises ``DeliveryError``."""
    if isinstance(value, dict):
        return {name: _resolved(one, resolver) for name, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, resolver) for one in value]
    if not isinstance(value, str):
        return value
    try:
        return substitute(value, lambda reference: resolver.get(str(reference)))
    except SecretError as problem:
        raise DeliveryError(f"a secret cannot be read: {problem}") from None
