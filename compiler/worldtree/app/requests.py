"""What callers of the application hand in and are handed, beside plans and results."""

from __future__ import annotations

from worldtree.ansible.connection import HostConnection
from worldtree.app.carrying import Watch
from worldtree.compile.policies import irreversible, listed, refuse_irreversible
from worldtree.compile.selection import Selection
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.debugger import Breakpoints

__all__ = [
    "Breakpoints",
    "Cancellation",
    "HostConnection",
    "Selection",
    "Watch",
    "irreversible",
    "listed",
    "refuse_irreversible",
]
