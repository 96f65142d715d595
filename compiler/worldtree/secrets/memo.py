"""Works something out once per key, whoever asks and however many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """Keeps results by key; a failure is not kept, so that the next one tries again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._found: dict[str, T] = {}

    def get(self, key: str, compute: Callable[[], T]) -> T:
        """Return the result of ``key``, worked out by ``compute`` if nobody did so before."""
        with self._lock:
            if key in self._found:
                return self._found[key]
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._found:
                self._found[key] = compute()
            return self._found[key]
