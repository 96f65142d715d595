"""What a worker does beside its tasks: each duty by itself, at intervals of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from worldtree.core.errors import WorldTreeError

_LOG = logging.getLogger(__name__)


class Duty(Protocol):
    """Work that is due again and again, whichever worker does it."""

    @property
    def name(self) -> str:
        """What the log calls it."""
        ...

    @property
    def interval(self) -> float:
        """Seconds between two runs."""
        ...

    def run_once(self) -> None:
        """Do what is due now, in a short time: the worker takes no task meanwhile.

        A ``WorldTreeError`` is logged, and the duty is tried again at its next time.
        """
        ...


class DutyList:
    """Runs duties when they are due; a duty that fails ends neither the worker nor the others."""

    def __init__(self, duties: Iterable[Duty], clock: Callable[[], float] = time.monotonic) -> None:
        """All are due at once; ``clock`` returns seconds."""
        self._clock = clock
        self._next = [(duty, clock()) for duty in duties]

    def run_due(self) -> None:
        """Run the duties whose time has come, in their order."""
        for index, (duty, due) in enumerate(self._next):
            if self._clock() < due:
                continue
            try:
                duty.run_once()
            except WorldTreeError as problem:
                _LOG.warning("%s: %s [%s]", duty.name, problem.message, problem.code)
            except Exception:  # A defect of one duty must not end the tasks.
                _LOG.exception("%s failed and is tried again", duty.name)
            self._next[index] = (duty, self._clock() + duty.interval)
