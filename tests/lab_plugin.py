"""pytest's way to the lab: tests marked ``lab`` get real hosts, or are skipped with one line.

``lab`` is a session's own lab of five hosts, each in the base's state when the session starts;
``lab_hosts(3)`` hands out the first three of them, reset. Sessions and xdist workers that run side
by side get different labs. ``WORLDTREE_LAB`` names a lab to use instead, which then stays up.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count

import pytest

from lab import home, labs, tools
from lab.handle import HostHandle, LabHandle

LabHosts = Callable[[int], list[HostHandle]]


@cache
def _unavailable() -> str | None:
    return tools.unavailable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs the lab where there can be none; pytest folds this into one line."""
    if item.get_closest_marker("lab") is not None and (reason := _unavailable()) is not None:
        pytest.skip(f"no lab on this machine: {reason}")


@contextmanager
def claimed_name() -> Iterator[str]:
    """A lab name that no other session that is alive uses, the same again in the next session."""
    with ExitStack() as stack:
        for number in count(1):
            name = f"pytest-{number}"
            path = home.home() / "locks" / f"session-{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = stack.enter_context(path.open("w"))
            try:
                # Freed by the kernel when the session ends in whatever way.
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield name
            return


@pytest.fixture(scope="session")
def lab() -> Iterator[LabHandle]:
    """The session's lab: five hosts lab1 to lab5, as the base has them."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    with ExitStack() as stack:
        given = os.environ.get("WORLDTREE_LAB")
        if given:
            name = f"{given}-{worker}" if worker else given
        else:
            name = stack.enter_context(claimed_name())
            # What a session that crashed has left.
            labs.down(name)
            stack.callback(labs.down, name)
        handle = LabHandle(labs.up(name, labs.numbered(labs.DEFAULT_HOSTS)))
        if given:
            handle.reset()
        yield handle


@pytest.fixture
def lab_hosts(lab: LabHandle) -> LabHosts:
    """Call with a number: that many hosts of the lab, reset to the base's state."""

    def hosts(number: int) -> list[HostHandle]:
        chosen = lab.hosts[:number]
        lab.reset(chosen)
        return chosen

    return hosts
