"""A finished task with some events, made without Ansible."""

from __future__ import annotations

from pathlib import Path

import homes
from unit.store.tasks import run_task
from worldtree.store.store import Store


def make_task(home: Path) -> str:
    """Make one in the state at ``home``; return its id."""
    homes.prepare(home)
    with Store.open(home) as store:
        return run_task(store).id
