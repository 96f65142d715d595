"""What a document resolves to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from unit.growth import growth
from unit.spec.documents import FULL, cluster, document, resolved
from worldtree.plan.plan import PlanHost
from worldtree.plan.policy import Policy
from worldtree.plan.specs import HookSpec, ModuleSpec
from worldtree.spec.cluster import BARE_VALUE, Cluster, ClusterGroup, ClusterHost
from worldtree.spec.yaml_tags import UNSAFE_KEY

NAMES = ("gate", "etcd1", "etcd2", "etcd3", "web1", "here")


@pytest.fixture(scope="module")
def full() -> Cluster:
    """Return the cluster of the document that uses nearly everything."""
    return cluster(FULL)


def test_ranges_become_hosts_with_their_addresses(full: Cluster) -> None:
    """Hosts are in document order and have their source."""
    assert [host.name for host in full.hosts] == list(NAMES)
    host = full.hosts_by_name["etcd2"]
    assert (host.address, host.internal_address, host.port) == ("10.0.0.12", "10.0.0.12", 22)
    assert host.labels == {"rack": "a", "role": "etcd"}
    assert host.source == ("spec", "hosts", 1)


def test_ssh_settings_are_resolved_per_host(full: Cluster) -> None:
    """Keys of a host win; become is for users other than root; the bastion has no bastion."""
    web, gate, here = (full.hosts_by_name[name] for name in ("web1", "gate", "here"))
    assert (web.user, web.port, web.bastion, web.ssh.become) == ("deploy", 2222, "gate", True)
    assert web.internal_address == "192.168.0.31"
    assert (gate.user, gate.bastion, gate.ssh.become) == ("root", None, False)
    assert (here.connection, here.address, here.user) == ("local", "127.0.0.1", None)
    assert (here.bastion, here.ssh.become) == (None, False)
    assert web.ssh.timeout == 10.0


def test_a_host_without_an_address_is_reached_by_its_name() -> None:
    """As in Ansible."""
    (host,) = cluster(document("  hosts: [{name: web1.example.com}]\n")).hosts
    assert host.address == host.internal_address == "web1.example.com"
    assert host.user == "root"
    assert host.ssh.become is False


def test_roles_are_groups_and_nested_groups_are_flattened(full: Cluster) -> None:
    """Members are in document order."""
    groups = full.groups
    assert groups["etcd"].hosts == ("etcd1", "etcd2", "etcd3")
    assert groups["prod"].hosts == ("etcd1", "etcd2", "web1")
    assert groups["prod"].children == ("web",)
    assert groups["prod"].own_hosts == ("etcd1", "etcd2")
    assert groups["prod"].vars == {"tier": "prod"}
    assert groups["all-of-it"].hosts == ("etcd1", "etcd2", "etcd3", "web1")
    assert list(groups) == ["etcd", "web", "control", "prod", "all-of-it"]


def test_a_group_of_a_roles_name_adds_to_the_role() -> None:
    """So that hosts of a role can share variables."""
    found = cluster(
        document(
            "  hosts: [{name: a, roles: [web]}, {name: b}]\n"
            "  groups: {web: {members: [b], vars: {x: 1}}}\n"
        )
    )
    assert found.groups["web"].hosts == ("a", "b")
    assert found.groups["web"].vars == {"x": 1}
    assert found.select("role=web") == ("a", "b")


def test_steps_get_names_that_are_unique_in_their_task(full: Cluster) -> None:
    """The kind, or the last part of the role's name and its entry."""
    (module,) = full.modules
    app, smoke = module.tasks
    assert [s.name for s in app.steps] == ["shop", "shop-2", "shop-other", "wait", "command"]
    assert [s.name for s in smoke.steps] == ["command"]


def test_a_tasks_condition_holds_for_each_of_its_steps(full: Cluster) -> None:
    """Both must be true; a list of conditions too."""
    steps = full.modules[0].tasks[0].steps
    assert steps[0].when == "(shop_enabled) and ((a) and (b))"
    assert steps[1].when == "shop_enabled"


def test_durations_are_seconds_and_a_single_batch_is_a_scalar(full: Cluster) -> None:
    """Policies have the plan's fields and units."""
    policy = full.modules[0].tasks[0].policy
    assert (policy.timeout, policy.serial, policy.retries) == (300.0, "50%", 2)
    assert Policy.model_validate(policy.model_dump()).on_failure == "rollback"


def test_a_step_keeps_its_own_hosts() -> None:
    """The step keeps what it says; its hosts are narrowed when the plan is expanded."""
    found = cluster(
        document(
            "  hosts: [{name: a, roles: [web]}, {name: b, roles: [web]}, {name: c}]\n"
            "  modules:\n    - name: m\n      tasks:\n"
            "        - name: t\n          hosts: role=web\n"
            "          steps: [{role: x, hosts: [b, c]}, {role: y}]\n"
        )
    )
    first, second = found.modules[0].tasks[0].steps
    assert first.hosts == ("b", "c")
    assert second.hosts is None


def test_a_bare_value_is_kept_until_it_is_normalised(full: Cluster) -> None:
    """The step kinds define their short forms."""
    step = full.modules[0].tasks[0].steps[4]
    assert step.params == {BARE_VALUE: "uptime"}


def test_tagged_strings_are_json_data(full: Cluster) -> None:
    """A plan keeps them through JSON."""
    assert full.hosts_by_name["here"].vars == {"plain": {UNSAFE_KEY: "{{ data }}"}}


def test_secrets_stay_references(full: Cluster) -> None:
    """Nothing is resolved when compiling."""
    step = full.modules[0].tasks[0].steps[0]
    assert step.vars == {"shop_password": "${env:SHOP}"}


def test_every_item_has_its_source(full: Cluster) -> None:
    """For diagnostics of later passes."""
    task = full.modules[0].tasks[1]
    assert task.source == ("spec", "modules", 0, "tasks", 1)
    assert task.needs[0].source == (*task.source, "needs", 0)
    assert task.steps[0].source == (*task.source, "steps", 0)
    assert full.hooks[0].step.source == ("spec", "hooks", "before", 0, "step")


def test_the_plan_takes_modules_hooks_and_hosts_as_they_are(full: Cluster) -> None:
    """Field names and values are the plan's."""
    for module in full.modules:
        data = module.model_dump()
        taken = ModuleSpec.model_validate(data)
        assert [t.name for t in taken.tasks] == [t["name"] for t in data["tasks"]]
        for task, written in zip(taken.tasks, data["tasks"], strict=True):
            for step, step_data in zip(task.steps, written["steps"], strict=True):
                assert step_data.items() <= step.model_dump().items()
    for hook in full.hooks:
        assert HookSpec.model_validate(hook.model_dump()).when == "before"
    for host in full.hosts:
        PlanHost.model_validate(host.model_dump(exclude={"ssh", "source"}))


@pytest.mark.parametrize(("says", "inherits"), [("", True), (", always: false", False)])
def test_a_replacement_is_a_finaliser_as_what_it_replaces_unless_it_says(
    says: str, inherits: bool
) -> None:
    made = cluster(
        document(
            "  hosts: [{name: web1, connection: local}]\n"
            "  modules: [{name: shop, tasks: [{name: app, steps: [{command: date}]}]}]\n"
            "  hooks:\n"
            f"    replace: [{{name: h, target: shop, step: {{command: date{says}}}}}]\n"
        )
    )
    assert made.hooks[0].inherits_always is inherits


def test_a_cluster_goes_through_json_unchanged(full: Cluster) -> None:
    """It is pure data."""
    assert Cluster.model_validate_json(full.model_dump_json()) == full


def test_with_an_inventory_names_are_not_judged_before_it_is_read() -> None:
    """Selectors and members may name what only the inventory knows."""
    found, diagnostics = resolved(
        document(
            "  inventory: ./hosts.ini\n  groups: {front: {members: [web1, web]}}\n"
            "  modules:\n    - {name: m, tasks: [{name: t, hosts: role=web, steps: [role: x]}]}\n"
        )
    )
    assert diagnostics == []
    assert found is not None
    assert found.inventory == ("./hosts.ini",)
    assert found.groups["front"].own_hosts == ("web1", "web")


def test_a_copy_forgets_what_was_worked_out_from_the_old_values() -> None:
    """Hosts that an inventory brings are selected like any others."""
    found, _ = resolved(document("  inventory: ./i\n"))
    assert found is not None
    assert found.select("all") == ()
    assert found.hosts_by_name == {}
    hosts = (ClusterHost(name="web1", address="web1", internal_address="web1"),)
    groups = {"web": ClusterGroup(name="web", hosts=("web1",))}
    whole = found.model_copy(update={"hosts": hosts, "groups": groups})
    assert whole.select("role=web") == ("web1",)
    assert list(whole.hosts_by_name) == ["web1"]


def test_resolving_grows_with_hosts_and_tasks() -> None:
    """Nothing is quadratic, which would be 64 times."""

    def work(size: int) -> Callable[[], object]:
        tasks = "".join(
            f"        - {{name: t{i}, hosts: 'role=web,rack=r{i % 7}', steps: [{{command: id}}]}}\n"
            for i in range(size)
        )
        hosts = "".join(
            f"    - {{name: web{i}, address: 10.0.{i // 256}.{i % 256},"
            f" roles: [web], labels: {{rack: r{i % 7}}}}}\n"
            for i in range(size)
        )
        text = document(f"  hosts:\n{hosts}  modules:\n    - name: m\n      tasks:\n{tasks}")
        return lambda: cluster(text)

    assert growth(work(50), work(400)) <= 12
