"""Laws of the graph that makes a cluster: one, three, five control planes, up to 500 workers."""

from __future__ import annotations

import pytest

from unit.catalog.kubernetes.clusters import cluster, config
from worldtree.catalog.components.kubernetes.component_definition import COMPONENT
from worldtree.plan.specs import ModuleSpec

SIZES = [(1, 0, 0), (1, 2, 0), (3, 2, 0), (3, 2, 3), (5, 500, 5)]


def build(planes: int, workers: int, etcd: int) -> ModuleSpec:
    context = cluster(
        config(networking={"pods": ["10.240.0.0/12"], "nodeMaskIpv4": 24}),
        control_planes=planes,
        workers=workers,
        etcd=etcd,
        balancers=2,
    )
    made = COMPONENT.pipelines["create-cluster"](context.configs["kubernetes"], context)
    assert made is not None
    return made


def before(module: ModuleSpec, name: str) -> set[str]:
    """Return everything that a task waits for, directly or through other tasks."""
    needs = {task.name: {need.target for need in task.needs} for task in module.tasks}
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = needs.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("size", SIZES)
def test_workers_wait_neither_for_other_control_planes_nor_for_the_network(
    size: tuple[int, int, int],
) -> None:
    module = build(*size)
    if "join-worker" in {task.name for task in module.tasks}:
        waits = before(module, "join-worker")
        assert {"init", "token", "trust", "configure-worker"} <= waits
        assert not {"join-control-plane", "network", "routes", "ready"} & waits


@pytest.mark.parametrize("size", SIZES)
def test_the_first_control_plane_has_its_keys_and_the_state_before_it_is_made(
    size: tuple[int, int, int],
) -> None:
    waits = before(build(*size), "init")
    assert {"keys", "configure-control-plane", "etcd/health", "containerd/health"} <= waits


@pytest.mark.parametrize("size", SIZES)
def test_the_number_of_tasks_does_not_grow_with_the_number_of_hosts(
    size: tuple[int, int, int],
) -> None:
    assert len(build(*size).tasks) <= 17


def test_members_of_a_stacked_etcd_join_one_by_one() -> None:
    tasks = {task.name: task for task in build(3, 0, 0).tasks}
    assert tasks["join-control-plane"].policy.throttle == 1
    tasks = {task.name: task for task in build(3, 0, 3).tasks}
    assert tasks["join-control-plane"].policy.throttle == 3
