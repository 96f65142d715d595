"""How many documents of callers a service works on at a time."""

from __future__ import annotations

from worldtree.core.work_slots import WorkSlots

#: Documents that are read or compiled at the same time: reading one may take seconds of CPU, which
#: all other requests would wait for.
DOCUMENT_SLOTS = WorkSlots(2, "works on too many documents")
