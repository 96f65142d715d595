"""What reaches a host, the weakest first."""

from __future__ import annotations

from dataclasses import replace

from worldtree.ansible.content.inventory.connection_vars import inherited_variables
from worldtree.ansible.content.inventory.variables import InventoryVariables
from worldtree.plan.plan import PlanHost

HOSTS = (PlanHost(name="w1", address="w1", vars={"a": "host"}), PlanHost(name="w2", address="w2"))
GROUPS = {"web": ("w1", "w2"), "first": ("w1",)}


def build(**more: object) -> InventoryVariables:
    return InventoryVariables.of(HOSTS, GROUPS, **more)  # type: ignore[arg-type]


def labels(found: InventoryVariables, host: str) -> list[str]:
    return [scope.label for scope in found.scopes(host) if scope.vars]


def test_scopes_come_from_cluster_to_host_through_all_groups() -> None:
    found = build(
        children={"outer": ("web",), "loop": ("loop", "first")},
        group_vars={"outer": {"b": 1}, "loop": {"c": 1}, "first": {"d": 1}, "other": {"e": 1}},
        cluster_vars={"f": 1},
    )
    assert labels(found, "w1") == [
        "the cluster",
        "group `loop`",
        "group `outer`",
        # It lies in the circle, and so nearer to the host.
        "group `first`",
        "host `w1`",
    ]
    assert inherited_variables("w1", found, None) == {"b": 1, "c": 1, "d": 1, "f": 1}
    assert found.names("w2") == {"b", "f"}


def test_paths_say_where_values_stand_in_the_document() -> None:
    found = build(
        group_vars={"web": {"b": 1}},
        cluster_vars={"f": 1},
        host_paths={"w1": ("spec", "hosts", 0, "vars")},
    )
    assert [scope.path for scope in found.scopes("w1")] == [
        ("spec", "vars"),
        ("spec", "groups", "web", "vars"),
        ("spec", "hosts", 0, "vars"),
    ]


def test_what_lies_under_an_inventory_counts_too_and_is_weaker() -> None:
    found = replace(build(), fallback=build(cluster_vars={"a": "document", "g": 1}))
    assert labels(found, "w1")[-1] == "host `w1`"
    assert found.names("w1") == {"a", "g"}
