"""Facts are kept, and used again while they are young and were asked for in the same way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from homes import open_store
from worldtree.app.hosts.fact_store import facts_outside, reuse_fresh_facts, save_gathered_facts
from worldtree.engine.prior_results import NO_PRIOR_RESULTS, PriorResult, PriorResults
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan, PlanHost
from worldtree.results.status import HostStatus
from worldtree.runner.control.fact_files import read_facts, write_facts
from worldtree.store.store import Store

NODE = "create-cluster/facts/gather/setup"
FACTS = {"ansible_distribution": "Debian", "ansible_memtotal_mb": 7}


def plan(ttl: float = 60, subset: str = "all") -> Plan:
    """A plan that gathers facts of two hosts."""
    params: dict[str, Any] = {"gather_subset": [subset]}
    node = Node(id=NODE, kind="facts", hosts=("a", "b"), params=params)
    graph = ExecutionGraph(pipeline="create-cluster", nodes={NODE: node})
    return Plan(cluster="shop", pipeline="create-cluster", graph=graph, facts_ttl=ttl)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty state."""
    with open_store(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> Store:
    """A state in which a task has kept the facts of host ``a``."""
    write_facts(tmp_path / "first", {"a": FACTS})
    save_gathered_facts(plan(), store, tmp_path / "first", NO_PRIOR_RESULTS)
    return store


def test_facts_are_used_again_while_they_are_young(kept: Store, tmp_path: Path) -> None:
    """Of hosts without any they are gathered."""
    known = reuse_fresh_facts(plan(), kept, tmp_path / "second", NO_PRIOR_RESULTS)
    assert set(known.results) == {(NODE, "a")}
    assert known.results[NODE, "a"].why.endswith(" UTC")
    assert read_facts(tmp_path / "second") == {"a": FACTS}


@pytest.mark.parametrize("wanted", [plan(ttl=0), plan(subset="min"), plan(ttl=0.001)])
def test_facts_are_gathered_where_others_will_not_do(
    kept: Store, tmp_path: Path, wanted: Plan
) -> None:
    """By default, when other subsets are asked for, and when they are too old."""
    time.sleep(0.002)
    assert reuse_fresh_facts(wanted, kept, tmp_path / "second", NO_PRIOR_RESULTS).results == {}


def test_facts_that_were_used_again_grow_no_younger(kept: Store, tmp_path: Path) -> None:
    gathered = kept.facts("shop")["a"].gathered
    known = reuse_fresh_facts(plan(), kept, tmp_path / "second", NO_PRIOR_RESULTS)
    save_gathered_facts(plan(), kept, tmp_path / "second", known)
    assert kept.facts("shop")["a"].gathered == gathered


def test_hosts_outside_of_the_selection_have_the_facts_of_an_earlier_task(
    kept: Store, tmp_path: Path
) -> None:
    """Of any age, since nothing contacts them; they are not stored as new ones."""
    whole = plan(ttl=0)
    node = whole.graph.nodes[NODE].model_copy(update={"hosts": ("b",)})
    graph = ExecutionGraph(pipeline="create-cluster", nodes={NODE: node})
    hosts = tuple(PlanHost(name=name, address=name) for name in ("a", "b"))
    limited = whole.model_copy(update={"graph": graph, "hosts": hosts})
    gathered = kept.facts("shop")["a"].gathered
    known = reuse_fresh_facts(limited, kept, tmp_path / "second", NO_PRIOR_RESULTS)
    assert known == NO_PRIOR_RESULTS
    assert read_facts(tmp_path / "second") == {"a": FACTS}
    save_gathered_facts(limited, kept, tmp_path / "second", known)
    assert kept.facts("shop")["a"].gathered == gathered


def limited(*hosts: str, inner: tuple[str, ...] = ("b",), work: bool = True) -> Plan:
    """A plan of all ``hosts`` that contacts the ``inner`` ones."""
    whole = plan(ttl=0)
    nodes = {NODE: whole.graph.nodes[NODE].model_copy(update={"hosts": inner})}
    if work:
        nodes["p/m/t/s"] = Node(id="p/m/t/s", kind="command", hosts=inner)
    graph = ExecutionGraph(pipeline="create-cluster", nodes=nodes)
    all_hosts = tuple(PlanHost(name=name, address=name) for name in hosts)
    return whole.model_copy(update={"graph": graph, "hosts": all_hosts})


def test_the_age_of_facts_outside_of_the_selection_is_said(kept: Store) -> None:
    """Nothing contacts these hosts, and roles may read their facts in `hostvars`."""
    words = facts_outside(limited("a", "b"), kept)
    assert words.startswith(
        "facts of a, outside of the selection, are of earlier tasks, those of a"
    )
    assert words.endswith(" UTC")


def test_facts_that_nobody_has_gathered_outside_are_a_warning(kept: Store) -> None:
    words = facts_outside(limited("a", "b", "c", "d"), kept)
    assert words.startswith("warning: no facts are kept of c, d, outside of the selection: ")
    assert "`wt facts --refresh`; facts of a, outside" in words


def test_nothing_is_said_where_nothing_outside_is_read(kept: Store) -> None:
    """Where all hosts are selected, and where a task only gathers facts."""
    assert facts_outside(limited("b"), kept) == ""
    assert facts_outside(limited("a", "b", work=False), kept) == ""
    assert (
        facts_outside(plan().model_copy(update={"graph": ExecutionGraph(pipeline="p")}), kept) == ""
    )


def test_what_is_known_already_stays(kept: Store, tmp_path: Path) -> None:
    done = PriorResult(HostStatus.OK, "done")
    known = PriorResults({(NODE, "a"): done}, attempts=3)
    assert reuse_fresh_facts(plan(), kept, tmp_path / "second", known) == known


def test_facts_that_went_down_with_the_machine_are_gathered_again(
    store: Store, tmp_path: Path
) -> None:
    """Where work is left that may read them; a file may be there without its content."""
    write_facts(tmp_path, {"a": FACTS})
    (tmp_path / "s1_b").write_text("")
    work = Node(id="create-cluster/m/t/s", kind="command", hosts=("a",))
    found = plan(ttl=0)
    left = ExecutionGraph(
        pipeline="create-cluster", nodes={**found.graph.nodes, "create-cluster/m/t/s": work}
    )
    done = PriorResult(HostStatus.OK, "done")
    known = PriorResults({(NODE, "a"): done, (NODE, "b"): done})
    again = reuse_fresh_facts(found.model_copy(update={"graph": left}), store, tmp_path, known)
    assert set(again.results) == {(NODE, "a")}
    assert not (tmp_path / "s1_b").exists()
    assert reuse_fresh_facts(found, store, tmp_path, known) == known


def test_files_that_are_not_whole_hold_no_facts(tmp_path: Path) -> None:
    write_facts(tmp_path, {"a": FACTS, "b": FACTS})
    (tmp_path / "s1_b").write_text('{"__payload__": "{')
    (tmp_path / "other").write_text("{}")
    assert read_facts(tmp_path) == {"a": FACTS}
