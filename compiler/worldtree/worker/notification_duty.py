"""Delivers notifications beside the tasks of a worker: receivers may be slow."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from worldtree.core.errors import WorldTreeError

_LOG = logging.getLogger(__name__)


class NotificationDuty:
    """Runs the notifier in a thread of its own, one run at a time."""

    name = "notifications"
    interval = 2.0

    def __init__(self, run: Callable[[], None]) -> None:
        self._work = run
        self._thread: threading.Thread | None = None

    def run_once(self) -> None:
        """Begin a run, unless the one before goes on."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except WorldTreeError as problem:
            _LOG.warning("%s: %s [%s]", self.name, problem.message, problem.code)
        except Exception:  # The next run tries again.
            _LOG.exception("%s failed and are tried again", self.name)
