"""Notices of states that no task ends with: drift, and certificates about to expire."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldtree.store.store import Store

#: Days before a certificate expires at which that is reported.
_DAYS = (30, 7, 1)
_DAY = 86400.0


def add_standing_notices(store: Store, now: float) -> None:
    """Add a notice for each state that has changed; where nobody hears, nothing is read."""
    from worldtree.store.standing_states import NewestDrift

    if not store.all_channels():
        return
    for found in store.certificates_until(now + max(_DAYS) * _DAY):
        days = (found.not_after - now) / _DAY
        store.note_certificate(found, min(one for one in _DAYS if days <= one), now)
    newest: list[NewestDrift] = store.newest_drift()
    for report in newest:
        store.note_drift(report, now)
