"""Limits of failed logins, per name and per address, in the memory of one process.

A restart forgets them, and each process of a service counts for itself: they make guessing slow,
and need no database for it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from worldtree.core.errors import RefusedError

#: Failures of one name, and of one address, within ``WINDOW_SECONDS``.
MAX_PER_NAME, MAX_PER_ADDRESS = 10, 50
WINDOW_SECONDS = 900.0
#: Names and addresses that are remembered; the oldest are forgotten first.
_MAX_KEYS = 20_000


class LoginLimits:
    """Counts failed logins; safe for several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def begin(self, name: str, address: str) -> None:
        """Count a login, which ``succeeded`` takes back.

        Raises ``RefusedError`` where there were too many: the password is not even looked at.
        """
        now = self._clock()
        with self._lock:
            for key, limit in _keys(name, address):
                times = self._failures.get(key, ())
                if sum(1 for one in times if now - one < WINDOW_SECONDS) >= limit:
                    raise RefusedError(
                        "there were too many failed logins",
                        code="login-limited",
                        hint=f"wait {WINDOW_SECONDS / 60:.0f} minutes, or use a token",
                    )
            for key, limit in _keys(name, address):
                times = self._failures.setdefault(key, deque(maxlen=limit))
                times.append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > _MAX_KEYS:
                self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of a name, and this login of the address."""
        with self._lock:
            self._failures.pop(("name", name), None)
            if times := self._failures.get(("address", address)):
                times.pop()


def _keys(name: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    return (("name", name), MAX_PER_NAME), (("address", address), MAX_PER_ADDRESS)
