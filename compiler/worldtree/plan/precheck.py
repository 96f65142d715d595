"""How a precheck reports that a host has nothing left to do."""

from __future__ import annotations

#: The fact that a precheck sets to true where the work is done already.
PRECHECK_DONE_FACT = "worldtree_done"
