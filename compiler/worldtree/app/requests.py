"""What callers of the application hand in: what to select, and the means to end it."""

from __future__ import annotations

from worldtree.compile.select import Selection
from worldtree.engine.cancellation import Cancellation

__all__ = ["Cancellation", "Selection"]
