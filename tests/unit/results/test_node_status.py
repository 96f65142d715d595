"""The truth tables of node and task statuses."""

from __future__ import annotations

import pytest

from worldtree.plan.policy import Batch
from worldtree.results.node_status import allowed_losses, is_success, node_status, task_status
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus

OK, CHANGED, FAILED = HostStatus.OK, HostStatus.CHANGED, HostStatus.FAILED
DARK, SKIPPED, NOT_RUN = HostStatus.UNREACHABLE, HostStatus.SKIPPED, HostStatus.NOT_RUN


@pytest.mark.parametrize(
    ("hosts", "allowed", "cancelled", "status"),
    [
        ([OK, CHANGED], 0, False, "succeeded"),
        ([OK, SKIPPED], 0, False, "succeeded"),
        ([SKIPPED, SKIPPED], 0, False, "skipped"),
        ([], 0, False, "skipped"),
        ([OK, FAILED], 0, False, "failed"),
        ([OK, FAILED], 1, False, "succeeded"),
        ([DARK, FAILED, OK], 1, False, "failed"),
        ([OK, NOT_RUN], 0, False, "failed"),
        ([SKIPPED, FAILED], 1, False, "succeeded"),
        ([OK, FAILED], 0, True, "cancelled"),
        ([OK, OK], 0, True, "succeeded"),
    ],
)
def test_node_status(hosts: list[HostStatus], allowed: int, cancelled: bool, status: str) -> None:
    """Each row of the documented table holds."""
    assert node_status(hosts, allowed, cancelled=cancelled) == NodeStatus(status)


GOOD = (NodeStatus.SUCCEEDED, [OK])
LOST = (NodeStatus.FAILED, [FAILED])
ALLOWED = (NodeStatus.SUCCEEDED, [OK, DARK])
NOTHING = (NodeStatus.SKIPPED, [SKIPPED])
BLOCKED: tuple[NodeStatus, list[HostStatus]] = (NodeStatus.SKIPPED, [])
NOT_STARTED = (NodeStatus.SUCCEEDED, [OK, NOT_RUN])


@pytest.mark.parametrize(
    ("nodes", "cancelled", "stopped", "status"),
    [
        ([GOOD, NOTHING], False, False, "succeeded"),
        ([], False, False, "succeeded"),
        ([GOOD, LOST, BLOCKED], False, False, "partial"),
        ([GOOD, ALLOWED], False, False, "partial"),
        ([GOOD, NOT_STARTED], False, False, "partial"),
        ([LOST, BLOCKED], False, False, "failed"),
        ([GOOD, LOST], False, True, "failed"),
        ([GOOD, LOST], True, True, "cancelled"),
        ([GOOD], True, False, "cancelled"),
    ],
)
def test_task_status(
    nodes: list[tuple[NodeStatus, list[HostStatus]]], cancelled: bool, stopped: bool, status: str
) -> None:
    """Each row of the documented table holds."""
    assert task_status(nodes, cancelled=cancelled, stopped=stopped) == TaskStatus(status)


@pytest.mark.parametrize(
    ("nodes", "status"), [([NOTHING], "partial"), ([LOST], "failed"), ([GOOD, LOST], "partial")]
)
def test_a_check_that_left_out_every_node_is_no_success(
    nodes: list[tuple[NodeStatus, list[HostStatus]]], status: str
) -> None:
    found = task_status(nodes, cancelled=False, stopped=False, blind=True)
    assert found == TaskStatus(status)


@pytest.mark.parametrize(
    ("policy", "hosts", "allowed"),
    [(None, 5, 0), (2, 5, 2), ("30%", 10, 3), ("30%", 5, 1), ("1", 5, 1), ("100%", 7, 7)],
)
def test_allowed_losses(policy: Batch | None, hosts: int, allowed: int) -> None:
    """A number counts, a percentage is rounded down, nothing said allows nothing."""
    assert allowed_losses(policy, hosts) == allowed


def test_a_skipped_host_came_through() -> None:
    """A node skipped by its condition does not cascade as if it had failed."""
    assert [s for s in HostStatus if is_success(s)] == [OK, CHANGED, SKIPPED]
