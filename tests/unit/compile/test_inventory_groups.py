"""Groups of a document over an inventory: members are known only when that one is read."""

from __future__ import annotations

from pathlib import Path

from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.content.inventory.external import ExternalInventory
from worldtree.ansible.content.inventory.sources import PlacedSources
from worldtree.ansible.content.inventory.variables import InventoryVariables
from worldtree.compile.compiler import plan_document
from worldtree.compile.inventory_groups import merge_groups
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.plan import PlanHost
from worldtree.spec.cluster import ClusterGroup
from worldtree.spec.load import load_file

FOUND = ExternalInventory(
    hosts=tuple(PlanHost(name=name, address=name) for name in ("w2", "w1", "db1")),
    groups={"web": ("w2", "w1"), "db": ("db1",)},
    children={},
    variables=InventoryVariables(),
    placed=PlacedSources(("inventory/hosts",)),
    digest="",
)


def group(name: str, *members: str, **more: object) -> ClusterGroup:
    data = {"name": name, "own_hosts": members, "source": ("spec", "groups", name), **more}
    return ClusterGroup.model_validate(data)


def test_members_are_hosts_groups_of_the_inventory_or_of_the_document(bag: DiagnosticBag) -> None:
    own = {"front": group("front", "web"), "site": group("site", "db1", children=("front",))}
    merged = merge_groups(own, FOUND, bag)
    assert bag.items == []
    assert merged["front"].children == ("web",)
    assert merged["front"].hosts == ("w2", "w1")
    assert merged["site"].own_hosts == ("db1",)
    assert merged["site"].hosts == ("w2", "w1", "db1")
    assert merged["db"].hosts == ("db1",)


def test_a_selector_for_one_group_is_that_group(tmp_path: Path) -> None:
    """`role=web` beside an inventory means its group; who is in it is known when it is read."""
    write_tree(tmp_path, {"hosts": "[web]\nw1\nw2\n[db]\nd1\n"})
    document = tmp_path / "cluster.yaml"
    document.write_text(
        "{apiVersion: worldtree.io/v1alpha1, kind: Cluster, metadata: {name: shop}, spec: {"
        "inventory: hosts, groups: {front: {members: [role=web, group=db]}}, "
        "modules: [{name: m, tasks: [{name: t, hosts: front, steps: [{command: uptime}]}]}]}}"
    )
    plan = plan_document(load_file(document)[0]).plan
    assert plan.groups["front"] == ("w1", "w2", "d1")


def test_a_group_of_both_is_the_union_and_keeps_the_documents_variables(
    bag: DiagnosticBag,
) -> None:
    merged = merge_groups({"web": group("web", "db1", vars={"a": 1})}, FOUND, bag)
    assert merged["web"].hosts == ("w2", "w1", "db1")
    assert merged["web"].vars == {"a": 1}


def test_an_unknown_member_is_reported_with_the_nearest_name(bag: DiagnosticBag) -> None:
    merge_groups({"front": group("front", "wbe")}, FOUND, bag)
    (unknown,) = bag.items
    assert (unknown.slug, unknown.hint) == ("unknown-host", "did you mean `web`?")
    assert unknown.path == ("spec", "groups", "front", "members")


def test_a_group_inside_itself_ends(bag: DiagnosticBag) -> None:
    own = {"a": group("a", "w1", children=("b",)), "b": group("b", "a", "db1")}
    assert merge_groups(own, FOUND, bag)["a"].hosts == ("w1", "db1")
