"""A lab's names, numbers and addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import LabError
from lab.model import MAX_HOSTS, Lab, load

LAB = Lab("mine", 7, "10.203.7.0/24", "digest")


def test_hosts_get_addresses_in_order_and_keep_them() -> None:
    """Adding hosts later leaves the numbers and addresses of the first ones as they are."""
    lab = LAB.with_hosts(["a", "b"]).with_hosts(["b", "c"])
    assert [(host.name, host.address) for host in lab.hosts] == [
        ("a", "10.203.7.11"),
        ("b", "10.203.7.12"),
        ("c", "10.203.7.13"),
    ]


def test_the_vip_is_an_address_no_host_can_get() -> None:
    """Even a full lab leaves the VIP free."""
    lab = LAB.with_hosts([f"h{number}" for number in range(MAX_HOSTS)])
    assert lab.vip == "10.203.7.200"
    assert lab.vip not in {host.address for host in lab.hosts}
    with pytest.raises(LabError, match="at most"):
        lab.with_hosts(["one-more"])


def test_interface_names_fit_the_kernel() -> None:
    """The kernel allows 15 characters, and systemd-nspawn would hash longer names."""
    lab = Lab("x", 254, "10.203.254.0/24", "d").with_hosts([f"h{n}" for n in range(MAX_HOSTS)])
    assert max(len(lab.interface(host)) for host in lab.hosts) <= 15
    assert len(lab.bridge) <= 15


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "a.b", "a b", "é"])
def test_what_is_no_hostname_is_refused(name: str) -> None:
    """Host names become hostnames, directories and control groups."""
    with pytest.raises(LabError, match="no host name"):
        LAB.with_hosts([name])


def test_a_lab_is_the_same_after_saving_and_loading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written is what is read; a lab that was never saved is None."""
    monkeypatch.setenv("WORLDTREE_LAB_HOME", str(tmp_path))
    lab = Lab("mine", 7, "10.203.7.0/24", "d", containers=True).with_hosts(["a"])
    lab.save()
    assert load("mine") == lab
    assert load("other") is None


def test_an_unknown_host_is_named_with_those_there_are() -> None:
    """The error helps to find the right name."""
    with pytest.raises(LabError, match=r"has no host z[.] Its hosts: a, b"):
        LAB.with_hosts(["a", "b"]).host("z")
