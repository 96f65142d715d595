"""Processes of tests that begin with nothing of this one, and need not import what they use."""

from __future__ import annotations

import multiprocessing
from functools import cache
from multiprocessing.context import ForkServerContext

#: Modules with functions that such processes run. Importing one takes a second of a processor.
_MODULES = ("unit.store.test_crash", "unit.store.test_database", "unit.store.test_lease")


@cache
def clean_processes() -> ForkServerContext:
    """Return where to start them: forks of a process that has imported the modules only."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*_MODULES])
    return context
