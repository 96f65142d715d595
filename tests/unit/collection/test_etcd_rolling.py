"""Members are restarted while the others keep the majority; the leader only when it is its turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from unit.collection.test_etcd_member import CTL, FakeCluster


class Roller:
    """Runs the module's work on one member of the imitation."""

    def __init__(self, plugins: Callable[[str], Any], cluster: FakeCluster) -> None:
        self.module = plugins("modules.etcd_rolling")
        self.client = plugins("module_utils.etcd_client")
        self.error = self.client.EtcdError
        self.cluster = cluster
        self.check_mode = False
        self.params: dict[str, Any] = {}
        self.log: list[str] = []
        #: What the program on the disk says of itself.
        self.version = "3.5.30"

    def run_command(self, argv: list[str], **more: Any) -> tuple[int, str, str]:
        if argv[-1] == "--version":
            return 0, f"etcd Version: {self.version}\n", ""
        if argv[0] == "timeout":
            self.log.append(f"restart with leader {self.cluster.leader}")
            return 0, "", ""
        if "defrag" in argv:
            self.log.append("defrag")
            return 0, "", ""
        return self.cluster.run(argv, **more)

    def roll(self, member: str, *, leader: bool, action: str = "restart") -> bool:
        """Treat a member; return whether it was left for later."""
        self.params = {
            "action": action,
            "member": member,
            "leader": leader,
            "server": "/usr/bin/etcd",
            "timeout": 5,
        }
        client = self.client.Client(self, [CTL], ["http://m1:2379"])
        later: bool = self.module.work(self, client)
        return later


@pytest.fixture
def roller(plugins: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Roller:
    """Three members, of which the first leads; nothing waits."""
    found = Roller(plugins, FakeCluster("m1", "m2", "m3"))
    clock = iter(range(10**6))
    monkeypatch.setattr(found.client, "listens", lambda _endpoint: True)
    monkeypatch.setattr(found.client.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(found.client.time, "monotonic", lambda: next(clock) / 10)
    return found


def test_the_leader_is_left_for_later_and_gives_up_its_role_first(roller: Roller) -> None:
    assert roller.roll("m1", leader=False)
    assert not roller.roll("m2", leader=False)
    assert not roller.roll("m1", leader=True)
    assert roller.log == ["restart with leader m1", "restart with leader m3"]


def test_no_member_is_restarted_without_a_majority_of_others(roller: Roller) -> None:
    roller.cluster.down = {"m3"}
    with pytest.raises(roller.error, match="m2 the cluster could not write"):
        roller.roll("m2", leader=False)
    assert roller.log == []


def test_a_program_that_may_not_follow_is_not_started(roller: Roller) -> None:
    for one in roller.cluster.members:
        one["version"] = "3.4.23"
    roller.version = "3.6.5"
    with pytest.raises(roller.error, match=r"Upgrade to 3\.5 first"):
        roller.roll("m2", leader=False)
    assert roller.log == []


def test_after_a_member_that_stays_down_nothing_goes_on(
    roller: Roller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roller.module, "restart", lambda *_: roller.cluster.down.add("m2"))
    with pytest.raises(roller.error, match="not healthy again after 5 s"):
        roller.roll("m2", leader=False)


def test_check_mode_restarts_nothing(roller: Roller) -> None:
    roller.check_mode = True
    assert not roller.roll("m2", leader=False)
    assert roller.log == []


def test_a_member_is_defragmented(roller: Roller) -> None:
    assert not roller.roll("m3", leader=False, action="defragment")
    assert roller.log == ["defrag"]


def test_a_host_that_is_no_member_is_named(roller: Roller) -> None:
    with pytest.raises(roller.error, match="no member of the running cluster"):
        roller.roll("m7", leader=True)
