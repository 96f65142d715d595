"""``wt facts``: what is kept of hosts, whose, and how old."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from homes import open_store
from unit.cli.conftest import ScriptedExecutor, Wt
from worldtree.core.errors import ExitCode

Simulated = type[ScriptedExecutor]
FACTS = {"ansible_distribution": "Debian", "ansible_kernel": "6.1", "ansible_memtotal_mb": 7}


@pytest.fixture
def kept(tmp_path: Path) -> None:
    """Facts of two hosts, one gathered an hour ago."""
    with open_store(tmp_path / "state") as store:
        store.save_facts("shop", {"web1": {**FACTS, "worldtree_asked": {}}}, time.time() - 3600)
        store.save_facts("shop", {"web2": FACTS}, time.time())


@pytest.mark.usefixtures("kept")
def test_a_line_per_host(wt: Wt, shop: Path) -> None:
    lines = wt("facts", "-f", str(shop)).out.splitlines()
    assert lines[0].split() == ["HOST", "SYSTEM", "KERNEL", "ARCH", "CPUS", "MEMORY", "GATHERED"]
    assert lines[1].split() == ["web1", "Debian", "6.1", "7", "1h00m", "ago"]


@pytest.mark.usefixtures("kept")
def test_all_facts_of_a_host(wt: Wt, shop: Path) -> None:
    ran = wt("facts", "web1", "-f", str(shop))
    assert (
        ran.out == "ansible_distribution: Debian\nansible_kernel: '6.1'\nansible_memtotal_mb: 7\n"
    )


@pytest.mark.usefixtures("kept")
def test_facts_as_data(wt: Wt) -> None:
    """By the name of a cluster too, without its document."""
    items = wt("facts", "--cluster", "shop", "-o", "json").json["items"]
    assert [item["host"] for item in items] == ["web1", "web2"]
    assert items[0]["facts"] == FACTS
    assert items[0]["gathered"].endswith("Z")


def test_nothing_is_kept_yet(wt: Wt, shop: Path) -> None:
    ran = wt("facts", "-f", str(shop))
    assert (ran.code, ran.out) == (ExitCode.OK, "")
    assert "wt facts --refresh" in ran.err
    ran = wt("facts", "web1", "-f", str(shop))
    assert (ran.code, "no stored facts of host `web1`" in ran.err) == (ExitCode.INPUT, True)


@pytest.mark.usefixtures("kept")
def test_a_host_that_nobody_knows(wt: Wt, shop: Path) -> None:
    ran = wt("facts", "web9", "-f", str(shop))
    assert ran.code == ExitCode.INPUT
    assert "the cluster has no host `web9`" in ran.err
    assert "did you mean `web1`?" in ran.err
    ran = wt("facts", "web3", "--cluster", "shop", "-f", "none.yaml")
    assert "no stored facts of host `web3`" in ran.err
    assert "did you mean `web1`?" in ran.err


def test_a_host_that_gave_no_facts_is_unknown(wt: Wt, shop: Path, simulated: Simulated) -> None:
    simulated.outcomes = {("create-cluster/facts/gather/setup", "web2"): "unreachable"}
    with open_store(shop.parent / "state") as store:
        store.save_facts("shop", {"web1": FACTS}, time.time())
    ran = wt("facts", "--refresh", "-f", str(shop))
    assert ran.code == ExitCode.PARTIAL
    assert ran.out.splitlines()[2].split() == ["web2", "unknown", "never"]
    assert "no facts of web2: " in ran.err
    one = wt("facts", "web2", "-f", str(shop))
    assert one.code == ExitCode.INPUT
    assert "no stored facts of host `web2`: " in one.err


def test_a_limited_gathering_says_nothing_of_other_hosts(
    wt: Wt, shop: Path, simulated: Simulated
) -> None:
    """A host stays unknown until a later task has reached it; one that was reached stays known."""
    gather = "create-cluster/facts/gather/setup"
    refresh = ("facts", "--refresh", "-f", str(shop))
    with open_store(shop.parent / "state") as store:
        store.save_facts("shop", {"web1": FACTS}, time.time())
    simulated.outcomes = {(gather, "web2"): "unreachable"}
    assert wt(*refresh).code == ExitCode.PARTIAL
    simulated.outcomes = {}
    assert wt(*refresh, "web1").code == ExitCode.OK
    ran = wt("facts", "web2", "-f", str(shop))
    assert (ran.code, "no stored facts of host `web2`: " in ran.err) == (ExitCode.INPUT, True)
    wt(*refresh, "web2")
    assert "no stored facts of host `web2`: " not in wt("facts", "web2", "-f", str(shop)).err


@pytest.mark.usefixtures("simulated")
def test_refreshing_runs_nothing_but_the_gathering(wt: Wt, shop: Path) -> None:
    """Though no step of the document needs facts."""
    ran = wt("facts", "--refresh", "-f", str(shop))
    assert ran.code == ExitCode.OK
    [task] = wt("tasks", "list", "-o", "json").json["items"]
    assert task["command"] == "facts"
    shown = wt("tasks", "show", "-o", "json").json
    assert [node["id"] for node in shown["nodes"]] == ["create-cluster/facts/gather/setup"]
