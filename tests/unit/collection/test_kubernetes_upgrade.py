"""Which running clusters may be upgraded: skipped minors, skew, runtimes and systems."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examples import examples

_FIXTURE = [HealthCheck.function_scoped_fixture]
_MINORS = st.lists(st.integers(30, 37), min_size=1, max_size=4)


@pytest.fixture
def rules(plugins: Callable[[str], Any]) -> ModuleType:
    """The module under test."""
    found: ModuleType = plugins("module_utils.kubernetes_upgrade")
    return found


@pytest.fixture
def member(plugins: Callable[[str], Any]) -> Callable[..., Any]:
    """Make a member that is as it should be, but for what is given."""
    made = plugins("module_utils.kubernetes_budget").ClusterMember

    def make(name: str, **fields: Any) -> Any:
        usual = {
            "ready": True,
            "kubelet": "v1.34.9",
            "runtime": "containerd://2.1.9",
            "system": "Debian GNU/Linux 12 (bookworm)",
            "control_plane": name.startswith("cp"),
        }
        return made(name, **{**usual, **fields})

    return make


def verdict(
    rules: ModuleType, members: list[Any], servers: dict[str, str], *path: str, **more: Any
) -> Any:
    """Judge an upgrade through ``path``."""
    return rules.may_upgrade(members, servers, {"path": list(path), **more})


@settings(suppress_health_check=_FIXTURE, deadline=None, max_examples=examples(100))
@given(servers=_MINORS, kubelets=_MINORS, first=st.integers(30, 37), steps=st.integers(1, 3))
def test_an_upgrade_begins_only_where_every_step_of_it_is_within_the_skew(
    rules: ModuleType,
    member: Callable[..., Any],
    servers: list[int],
    kubelets: list[int],
    first: int,
    steps: int,
) -> None:
    """At most one minor up for an API server; kubelets at most three behind it, and none ahead."""
    planes = [member(f"cp{n}", kubelet=f"v1.{min(servers)}.0") for n in range(len(servers))]
    workers = [member(f"w{n}", kubelet=f"v1.{minor}.0") for n, minor in enumerate(kubelets)]
    path = [f"1.{first + n}.5" for n in range(steps)]
    running = {f"cp{n}": f"v1.{minor}.0" for n, minor in enumerate(servers)}
    found = verdict(rules, [*planes, *workers], running, *path)
    lowest, highest = min(servers), max(servers)
    taken = (
        highest - lowest <= 1
        and highest <= first + steps - 1
        and first - lowest <= 1
        and all(first - 3 <= minor <= lowest for minor in [*kubelets, lowest])
    )
    assert found.allowed is taken


def test_a_refusal_says_what_would_work(rules: ModuleType, member: Callable[..., Any]) -> None:
    planes = [member("cp1")]
    skipped = verdict(rules, planes, {"cp1": "v1.34.9"}, "1.36.3")
    assert "upgradeFrom: 1.34.9" in skipped.text
    older = verdict(rules, planes, {"cp1": "v1.34.9"}, "1.33.13")
    assert "1.34.9 or newer" in older.text
    silent = verdict(rules, planes, {"cp1": ""}, "1.35.6")
    assert "Wait a moment" in silent.text
    down = verdict(rules, [member("cp1", ready=False)], {"cp1": "v1.34.9"}, "1.35.6")
    assert "remove-hosts" in down.text


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"runtime": "containerd://1.7.28"}, "containerd 1.7.28"),
        ({"system": "Debian GNU/Linux 11 (bullseye)"}, "Debian GNU/Linux 11"),
        ({"system": "Debian GNU/Linux 112 (?)"}, "Debian GNU/Linux 112"),
        ({"kubelet": "v1.35.0"}, "newer than an API server"),
        ({"kubelet": ""}, "told no version"),
    ],
)
def test_a_host_that_does_not_fit_is_named(
    rules: ModuleType, member: Callable[..., Any], fields: dict[str, str], word: str
) -> None:
    taken = {
        "containerd": [{"minimum": "2.0.0", "below": "3.0.0"}],
        "systems": [{"distribution": "Debian", "release": "12"}],
    }
    servers = {"cp1": "v1.34.9"}
    fits = verdict(rules, [member("cp1"), member("w1")], servers, "1.35.6", **taken)
    assert fits.allowed
    found = verdict(rules, [member("cp1"), member("w1", **fields)], servers, "1.35.6", **taken)
    assert not found.allowed
    assert "w1" in found.why
    assert word in found.why


def test_what_is_past_a_release_is_not_behind(
    rules: ModuleType, member: Callable[..., Any]
) -> None:
    """An upgrade that is begun again finds that parts of its end are done."""
    members = [member("cp1", kubelet="v1.35.6"), member("w1"), member("w2", ready=False)]
    servers = {"cp1": "v1.35.6", "cp2": "v1.34.9"}
    assert rules.behind(members, servers, ["cp1", "w1", "w2", "w3"], "1.34.9") == [
        "w2: not ready",
        "w3: no member",
    ]
    assert rules.behind(members, servers, ["cp1", "w1"], "1.35.6") == [
        "API server of cp2: v1.34.9",
        "kubelet of w1: v1.34.9",
    ]
