"""What versions are refused, and that the ways which a refusal names work."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.catalog.components.kubernetes.release_version import Release, parse_release
from worldtree.catalog.components.kubernetes.version_rules import (
    refused_api_servers,
    refused_containerd,
    refused_etcd,
    refused_flag,
    refused_gate,
    refused_kubeadm_gate,
    refused_kubelet,
    refused_network_plugin,
    refused_release,
    refused_system,
    refused_upgrade,
    upgrade_path,
)
from worldtree.catalog.components.kubernetes.version_table import version_table

TABLE = version_table()
RELEASES = st.builds(Release, st.just(1), st.integers(28, 40), st.integers(0, 20))
SUPPORTED = RELEASES.filter(lambda release: release.of_minor in TABLE.minors)


def named(text: str) -> list[Release]:
    """Return the releases that a text names, in order."""
    return [parse_release(found) for found in re.findall(r"\d+\.\d+\.\d+", text)]


@given(RELEASES)
def test_a_release_is_refused_exactly_where_the_table_lacks_its_minor(release: Release) -> None:
    refused = refused_release(TABLE, release)
    assert (refused is None) == (release.of_minor in TABLE.minors)
    if refused is not None:
        assert all(refused_release(TABLE, way) is None for way in named(refused.hint))


@given(SUPPORTED, RELEASES)
def test_each_step_of_a_way_that_a_refused_upgrade_names_is_taken(
    old: Release, new: Release
) -> None:
    refused = refused_upgrade(TABLE, old, new)
    if refused is None:
        assert old <= new
        assert new.minor - old.minor <= 1
    elif "step by step" in refused.hint:
        way = named(refused.hint)
        assert (way[0], way[-1]) == (old, new)
        assert all(refused_upgrade(TABLE, one, other) is None for one, other in pairwise(way))


@given(SUPPORTED, SUPPORTED)
def test_an_upgrade_goes_through_each_minor_once(old: Release, new: Release) -> None:
    low, high = sorted((old, new))
    path = upgrade_path(TABLE, low, high)
    minors = [step.minor for step in path]
    assert minors == sorted(set(minors))
    if low.minor < high.minor:
        assert minors == list(range(low.minor + 1, high.minor + 1))
    assert path == () if low == high else path[-1] == high


@given(SUPPORTED, SUPPORTED)
def test_an_upgrade_and_its_reverse_are_never_both_taken(old: Release, new: Release) -> None:
    both = (refused_upgrade(TABLE, old, new), refused_upgrade(TABLE, new, old))
    assert old == new or both != (None, None)


@given(RELEASES, RELEASES)
def test_a_kubelet_is_up_to_three_minors_behind_and_never_ahead(
    api_server: Release, kubelet: Release
) -> None:
    taken = refused_kubelet(api_server, kubelet) is None
    assert taken == (0 <= api_server.minor - kubelet.minor <= 3)


@given(SUPPORTED, SUPPORTED)
def test_kubelets_work_on_while_control_planes_are_upgraded(old: Release, new: Release) -> None:
    if refused_upgrade(TABLE, old, new) is None:
        assert refused_kubelet(new, old) is None
        assert refused_api_servers([old, new, old]) is None


@given(st.lists(RELEASES, max_size=5))
def test_api_servers_differ_by_one_minor_at_most(releases: list[Release]) -> None:
    minors = [release.minor for release in releases]
    taken = refused_api_servers(releases) is None
    assert taken == (not minors or max(minors) - min(minors) <= 1)


@given(SUPPORTED)
def test_what_the_table_names_for_a_release_is_taken_with_it(release: Release) -> None:
    row = TABLE.of(release)
    assert refused_etcd(TABLE, release, row.etcd.bundled) is None
    assert refused_etcd(TABLE, release, row.etcd.minimum) is None
    assert refused_containerd(TABLE, release, row.containerd.minimum) is None
    assert refused_network_plugin(TABLE, release, "bridge") is None
    assert refused_system(TABLE, release, "Debian", "12") is None


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (refused_release(TABLE, Release(1, 28, 2)), "older than all"),
        (refused_upgrade(TABLE, Release(1, 33, 2), Release(1, 35, 6)), "1.33.2 → 1.34.9 → 1.35.6"),
        (refused_upgrade(TABLE, Release(1, 35, 6), Release(1, 34, 9)), "is older"),
        (refused_upgrade(TABLE, Release(1, 30, 1), Release(1, 34, 9)), "by the tool that made"),
        (refused_etcd(TABLE, Release(1, 34, 9), Release(3, 4, 23)), "use etcd 3.6.5"),
        (refused_containerd(TABLE, Release(1, 36, 3), Release(1, 7, 29)), "or Kubernetes 1.35"),
        (refused_system(TABLE, Release(1, 36, 3), "Debian", "11"), "use Debian 12"),
        (refused_gate(TABLE, Release(1, 34, 9), "APIListChunking"), "gone from 1.33"),
        (refused_flag(TABLE, Release(1, 34, 0), "kubelet", "cloud-config"), "--cloud-config"),
        (
            refused_flag(TABLE, Release(1, 35, 0), "kubelet", "pod-infra-container-image"),
            "gone from 1.35",
        ),
    ],
)
def test_a_refusal_says_why_and_what_would_work(refused: object, words: str) -> None:
    assert words in str(refused)


@pytest.mark.parametrize(
    ("gate", "last"),
    [
        ("RootlessControlPlane", 34),
        ("WaitForAllControlPlaneComponents", 34),
        ("ControlPlaneKubeletLocalMode", 35),
    ],
)
def test_gates_of_kubeadm_that_are_gone_are_refused(gate: str, last: int) -> None:
    assert refused_kubeadm_gate(TABLE, Release(1, last, 0), gate) is None
    assert "is gone" in str(refused_kubeadm_gate(TABLE, Release(1, last + 1, 0), gate))


def test_gates_that_kubeadm_never_had_are_refused() -> None:
    assert "no such" in str(refused_kubeadm_gate(TABLE, Release(1, 34, 9), "EtcdLearnMode"))
    assert "is gone" in str(refused_kubeadm_gate(TABLE, Release(1, 33, 0), "EtcdLearnerMode"))


def test_other_gates_and_flags_pass() -> None:
    assert refused_gate(TABLE, Release(1, 34, 9), "SomeGate") is None
    assert refused_flag(TABLE, Release(1, 34, 9), "kubelet", "node-ip") is None
