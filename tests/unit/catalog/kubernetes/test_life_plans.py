"""Plans for the life of a cluster: golden files, and laws for one to five control planes."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from unit.catalog.context import Cluster
from unit.catalog.kubernetes.clusters import cluster, config
from worldtree.catalog.components.kubernetes.component_definition import COMPONENT
from worldtree.catalog.narrowing import selected
from worldtree.catalog.pipeline_registry import pipeline_named
from worldtree.core.errors import Diagnostic
from worldtree.plan.specs import ModuleSpec, Selector, TaskSpec

GOLDEN = Path(__file__).parents[3] / "golden" / "kubernetes" / "life"
#: Control planes, workers, members of an external etcd.
SIZES = [(1, 0, 0), (1, 2, 0), (3, 2, 0), (3, 2, 3), (5, 500, 5)]
_NETWORKS = {"pods": ["10.240.0.0/12"], "nodeMaskIpv4": 24}
#: Name -> pipeline, size, fields of the configuration, parameters.
CASES: dict[str, tuple[str, tuple[int, int, int], dict[str, Any], dict[str, Any]]] = {
    "upgrade-one": ("upgrade", (1, 0, 0), {"upgradeFrom": "1.35.6"}, {}),
    "upgrade-three-two-minors": ("upgrade", (3, 2, 3), {"upgradeFrom": "1.34.9"}, {}),
    "upgrade-five-with-pools": (
        "upgrade",
        (5, 500, 0),
        {"upgradeFrom": "1.35.6", "imageArchives": "/srv/v{release}/{name}.tar"},
        {"batch": "5%", "drainTimeout": 60},
    ),
    "remove-worker": ("remove-hosts", (3, 500, 0), {}, {"hosts": "w7"}),
    "remove-first-control-plane": ("remove-hosts", (3, 2, 0), {}, {"hosts": "cp1"}),
    "add-worker": ("add-hosts", (3, 500, 0), {"networking": {"plugin": "none"}}, {"hosts": "w7"}),
    "add-first-control-plane": ("add-hosts", (3, 2, 3), {}, {"hosts": "cp1"}),
    "renew-three": ("renew-certs", (3, 2, 0), {}, {}),
}


def build(
    pipeline: str, size: tuple[int, int, int], fields: dict[str, Any], given: dict[str, Any]
) -> tuple[ModuleSpec, Cluster]:
    planes, workers, etcd = size
    fields = {**fields, "networking": {**_NETWORKS, **fields.get("networking", {})}}
    context = cluster(
        config(**fields), control_planes=planes, workers=workers, etcd=etcd, balancers=2
    )
    parameters = pipeline_named(pipeline).parameters.model_validate(given)
    context = replace(context, parameters=parameters)
    made = COMPONENT.pipelines[pipeline](context.configs["kubernetes"], context)
    assert made is not None
    return made, context


def problems(
    pipeline: str, context: Cluster, fields: dict[str, Any], **given: Any
) -> list[Diagnostic]:
    """Return what the component says of a pipeline."""
    parameters = pipeline_named(pipeline).parameters.model_validate(given)
    own = config(**fields)
    found = replace(context, parameters=parameters, configs={**context.configs, "kubernetes": own})
    assert COMPONENT.check_pipeline is not None
    return list(COMPONENT.check_pipeline(own, found, pipeline))


def described(module: ModuleSpec, context: Cluster) -> str:
    """Return the tasks of a module as text: hosts, needs, steps, and what steps are given."""
    lines = []
    for task in module.tasks:
        needs = ", ".join(f"{need.target} ({need.scope})" for need in task.needs)
        lines += [f"{task.name}: {short(task.hosts, context)}", f"  needs: {needs or '-'}"]
        if task.policy.allowed_failures is not None:
            lines.append(f"  allowed failures: {task.policy.allowed_failures}")
        for step in task.steps:
            where = f" on {short(step.hosts, context)}" if step.hosts is not None else ""
            serial = step.policy.serial or task.policy.serial
            batch = f", {serial} at a time" if serial is not None else ""
            always = ", always" if step.always else ""
            lines.append(f"  - {step.role}/{step.entry}{where}{batch}{always}")
            lines += [f"      {name}: {brief(value)}" for name, value in sorted(step.vars.items())]
    return "\n".join(lines) + "\n"


def short(hosts: Selector | None, context: Cluster) -> str:
    """Return the names of hosts; of many the first and the last one."""
    names = selected(hosts or (), context)
    return ", ".join(names) if len(names) < 7 else f"{names[0]} … {names[-1]} ({len(names)})"


def brief(value: Any) -> str:
    """Return a value; of a long list or text its size."""
    if isinstance(value, list) and len(value) > 6:
        return f"{value[0]} … {value[-1]} ({len(value)})"
    text = str(value)
    return text if len(text) < 160 else f"{len(text)} characters"


@pytest.mark.parametrize("name", CASES)
def test_plans_are_as_their_golden_files_say(name: str) -> None:
    text = described(*build(*CASES[name]))
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("WORLDTREE_UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def before(tasks: tuple[TaskSpec, ...], name: str) -> set[str]:
    """Return everything that a task waits for, directly or through others."""
    needs = {task.name: {need.target for need in task.needs} for task in tasks}
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = needs.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("size", SIZES)
def test_no_kubelet_is_ahead_of_an_api_server(size: tuple[int, int, int]) -> None:
    """Behind the gate of all API servers stand all kubelets, those of control planes first."""
    module, context = build("upgrade", size, {"upgradeFrom": "1.34.9"}, {})
    for release in ("v1-35-6", "v1-36-3"):
        kubelets = [task for task in module.tasks if task.name.startswith(f"{release}-kubelets-")]
        assert {host for task in kubelets for host in selected(task.hosts, context)} == {
            host.name for host in context.hosts if {"control-plane", "worker"} & {*host.roles}
        }
        for task in kubelets:
            waits = before(module.tasks, task.name)
            assert {f"{release}-first", f"{release}-api-servers"} <= waits
            assert (f"{release}-control-planes" in waits) is ("pool-" in task.name)


@pytest.mark.parametrize("size", SIZES)
def test_each_minor_waits_for_all_of_the_one_before(size: tuple[int, int, int]) -> None:
    module, _ = build("upgrade", size, {"upgradeFrom": "1.33.13"}, {})
    stages = [
        [task.name for task in module.tasks if task.name.startswith(release)]
        for release in ("v1-34-9", "v1-35-6", "v1-36-3")
    ]
    assert all(stages)
    for earlier, later in pairwise(stages):
        assert set(earlier) <= before(module.tasks, later[0])
        gate = next(task for task in module.tasks if task.name == later[0])
        assert gate.steps[0].entry == "upgrade_gate"
        assert len(gate.steps[0].vars["kubernetes_nodes"]) == size[0] + size[1]


@pytest.mark.parametrize("size", SIZES)
def test_nothing_changes_before_the_check_and_a_snapshot(size: tuple[int, int, int]) -> None:
    module, _ = build("upgrade", size, {}, {})
    stacked = not size[2]
    for task in module.tasks[2 if stacked else 1 :]:
        waits = before(module.tasks, task.name)
        assert {"check", "etcd/verify"} <= waits
        assert ("snapshot" in waits) is stacked
    assert module.tasks[0].steps[0].read_only


@pytest.mark.parametrize("size", SIZES)
def test_control_planes_go_one_by_one_and_cordons_are_lifted_by_a_finalizer(
    size: tuple[int, int, int],
) -> None:
    module, context = build("upgrade", size, {}, {"batch": "100%"})
    for task in module.tasks:
        hosts = selected(task.hosts, context)
        serial = task.steps[0].policy.serial or task.policy.serial
        if len(hosts) > 1 and hosts[0].startswith("cp"):
            assert serial == 1
        if task.steps[0].entry == "upgrade_kubelet":
            assert [step.always for step in task.steps] == [False, True]
            assert serial is not None
            # Never all of a pool with several members.
            assert hosts[0].startswith("cp") or serial == max(1, len(hosts) - 1)


@pytest.mark.parametrize("size", SIZES[1:])
def test_who_goes_is_asked_for_nothing_but_its_own_files(size: tuple[int, int, int]) -> None:
    module, context = build("remove-hosts", size, {}, {"hosts": "w1"})
    touching = [task for task in module.tasks if "w1" in selected(task.hosts, context)]
    assert [task.name for task in touching] == ["reset"]
    assert touching[0].policy.allowed_failures == 1
    assert "members" in before(module.tasks, "reset")


def test_what_goes_is_drained_and_deleted_before_its_etcd_member() -> None:
    module, context = build("remove-hosts", (3, 2, 0), {}, {"hosts": "cp1,cp2"})
    [members] = [task for task in module.tasks if task.name == "members"]
    assert [step.entry for step in members.steps] == [
        "remove_check",
        "remove_drain",
        "remove_nodes",
        "remove_etcd",
    ]
    assert selected(members.hosts, context) == ("cp3",)


@pytest.mark.parametrize("size", SIZES[1:])
def test_only_the_new_host_and_one_control_plane_are_touched(size: tuple[int, int, int]) -> None:
    module, context = build("add-hosts", size, {"networking": {"plugin": "none"}}, {"hosts": "w1"})
    touched = {host for task in module.tasks for host in selected(task.hosts, context)}
    assert touched == {"w1", "cp1"}


def test_static_routes_are_all_that_others_get() -> None:
    module, context = build("add-hosts", (3, 2, 0), {}, {"hosts": "w1"})
    others = {"cp2", "cp3", "w2"}
    touching = [task for task in module.tasks if others & {*selected(task.hosts, context)}]
    assert [task.name for task in touching] == ["routes"]


def test_a_new_first_control_plane_joins_like_all_others() -> None:
    module, context = build("add-hosts", (3, 2, 3), {}, {"hosts": "cp1"})
    entries = {step.entry for task in module.tasks for step in task.steps}
    assert "init" not in entries
    token = next(task for task in module.tasks if task.name == "token")
    join = next(task for task in module.tasks if task.name == "join-control-plane")
    assert (selected(token.hosts, context), selected(join.hosts, context)) == (("cp2",), ("cp1",))


def test_new_hosts_are_those_that_the_document_before_did_not_have() -> None:
    whole = cluster(control_planes=1, workers=3)
    old = cluster(control_planes=1, workers=2)
    parameters = pipeline_named("add-hosts").parameters()
    context = replace(whole, parameters=parameters, previous=old)
    made = COMPONENT.pipelines["add-hosts"](context.configs["kubernetes"], context)
    assert made is not None
    join = next(task for task in made.tasks if task.name == "join-worker")
    assert selected(join.hosts, context) == ("w3",)


@pytest.mark.parametrize(
    ("pipeline", "fields", "given", "slug", "word"),
    [
        ("upgrade", {"upgradeFrom": "1.36.4"}, {}, "kubernetes-version", "older"),
        ("upgrade", {"upgradeFrom": "1.30.9"}, {}, "kubernetes-version", "would skip"),
        (
            "upgrade",
            {
                "version": "1.34.9",
                "upgradeFrom": "1.33.13",
                "featureGates": {"APIListChunking": True},
            },
            {},
            "kubernetes-version",
            "APIListChunking",
        ),
        ("remove-hosts", {}, {"hosts": "cp1"}, "kubernetes-no-control-plane-left", "no control"),
        ("remove-hosts", {}, {"hosts": "w9"}, "kubernetes-host-not-in-document", "w9"),
        ("add-hosts", {}, {"hosts": "w9"}, "kubernetes-host-not-in-document", "w9"),
        ("add-hosts", {}, {"hosts": "cp1"}, "kubernetes-no-control-plane-left", "no control"),
        ("add-hosts", {}, {}, "kubernetes-new-hosts-unknown", "not known"),
        ("add-hosts", {"upgradeFrom": "1.35.6"}, {"hosts": "w1"}, "kubernetes-version", "kubelet"),
    ],
)
def test_what_cannot_work_is_refused_before_a_host_is_touched(
    pipeline: str, fields: dict[str, Any], given: dict[str, Any], slug: str, word: str
) -> None:
    found = problems(pipeline, cluster(control_planes=1, workers=2), fields, **given)
    assert any(one.slug == slug and word in one.summary for one in found), found


def test_a_member_of_an_external_etcd_is_removed_from_it_first() -> None:
    context = cluster(control_planes=3, etcd=3)
    found = problems("remove-hosts", context, {}, hosts="cp1,etcd1")
    assert "kubernetes-removes-etcd-member" in {one.slug for one in found}


def test_ordinary_work_is_accepted() -> None:
    context = cluster(control_planes=3, workers=2)
    found = [
        *problems("upgrade", context, {"upgradeFrom": "1.33.13"}),
        *problems("remove-hosts", context, {}, hosts="w1"),
        *problems("add-hosts", context, {}, hosts="w1"),
        *problems("renew-certs", context, {}),
    ]
    assert [one.summary for one in found if one.is_error] == []
