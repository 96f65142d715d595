"""Computes a value once per key, for concurrent callers too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """Caches results by key; a failure is not cached, so the next caller tries again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._found: dict[str, T] = {}

    def get(self, key: str, compute: Callable[[], T]) -> T:
        """Return the result for ``key``, calling ``compute`` if there is none yet."""
        with self._lock:
            if key in self._found:
                return self._found[key]
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._found:
                self._found[key] = compute()
            return self._found[key]
