"""pytest's way to the lab: tests marked ``lab`` get real hosts, or are skipped with one line.

``lab`` is a session's own lab of five hosts, each in the base's state when the session starts;
``lab_hosts(3)`` hands out the first three of them, reset. Sessions and xdist workers that run side
by side get different labs. ``WORLDTREE_LAB`` names a lab to use instead, which then stays up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from lab import labs, tools
from lab.handle import HostHandle, LabHandle
from lab.name_lock import reserved_name

LabHosts = Callable[[int], list[HostHandle]]

#: Names the directory of releases and images of Kubernetes and what belongs to it.
ARTIFACTS = "WORLDTREE_TEST_ARTIFACTS"
#: Seconds after which a test of the lab hangs.
_PATIENCE = 900


@cache
def _unavailable() -> str | None:
    return tools.unavailable()


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker that this plugin heeds."""
    config.addinivalue_line(
        "markers",
        "lab(minutes=1): needs real hosts (root, systemd-nspawn); the files that take most minutes"
        " begin first",
    )
    config.addinivalue_line(
        "markers",
        f"kubernetes: needs hosts that run containers, and {ARTIFACTS}=DIR with releases",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first, so that no worker begins one when others are done.

    Within a file the order stays: tests may build on those before them. Hosts that boot beside
    those of other labs take their time, so a test of the lab hangs later than others do.
    """
    items.sort(key=lambda item: -_minutes(item))
    for item in items:
        if _minutes(item) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_PATIENCE))


def _minutes(item: pytest.Item) -> int:
    """How long the file of a lab test takes, as its marker says."""
    return max(
        (mark.kwargs.get("minutes", 1) for mark in item.iter_markers("lab")),
        default=0,
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs the lab where there can be none; pytest folds this into one line."""
    if item.get_closest_marker("kubernetes") is not None and not os.environ.get(ARTIFACTS):
        pytest.skip(f"{ARTIFACTS} names no directory of releases")
    marked = any(item.get_closest_marker(name) for name in ("lab", "kubernetes"))
    if marked and (reason := _unavailable()) is not None:
        pytest.skip(f"no lab on this machine: {reason}")


@pytest.fixture(scope="session")
def lab() -> Iterator[LabHandle]:
    """The session's lab: five hosts lab1 to lab5, as the base has them."""
    yield from _session_lab("pytest", containers=False)


@pytest.fixture(scope="session")
def container_lab() -> Iterator[LabHandle]:
    """Like ``lab``, with hosts that can run containers."""
    yield from _session_lab("containers", containers=True)


def _session_lab(prefix: str, *, containers: bool) -> Iterator[LabHandle]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    with ExitStack() as stack:
        given = os.environ.get("WORLDTREE_LAB")
        if given:
            name = "-".join(filter(None, [given, "containers" if containers else "", worker]))
        else:
            name = stack.enter_context(reserved_name(prefix))
            # What a session that crashed has left.
            labs.down(name)
            stack.callback(labs.down, name)
        handle = LabHandle(labs.up(name, labs.numbered(labs.DEFAULT_HOSTS), containers=containers))
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
