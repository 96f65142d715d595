"""Members are added as learners and removed with a majority; the cluster is a small imitation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CTL = "etcdctl"


class FakeCluster:
    """Answers as etcdctl does; ``down`` are names of members that do not answer."""

    def __init__(self, *names: str) -> None:
        self.members = [self.member(name) for name in names]
        self.down: set[str] = set()
        self.leader = names[0]
        self.done: list[str] = []
        #: Learners that start when systemctl is asked to; the number of refused promotions before.
        self.starts, self.behind = True, 0
        self.services: list[str] = []

    @staticmethod
    def member(name: str, **more: Any) -> dict[str, Any]:
        number = int(name[1:])
        return {
            "ID": number,
            "name": name,
            "peerURLs": [f"http://{name}:2380"],
            "clientURLs": [f"http://{name}:2379"],
            **more,
        }

    def run(self, argv: list[str], **_more: Any) -> tuple[int, str, str]:
        """Stand for ``AnsibleModule.run_command``."""
        if argv[0] == "systemctl":
            return self._service(argv[1:])
        words = [word for word in argv[1:] if not word.startswith("-")]
        [asked] = [word.split("=", 1)[1] for word in argv if word.startswith("--endpoints=")]
        if words[:2] == ["member", "list"]:
            if self._name(asked) in self.down:
                return 1, "", "context deadline exceeded"
            return 0, json.dumps({"members": self.members}), ""
        if words[:2] == ["endpoint", "status"]:
            status = [self._status(one) for one in self.members if one["clientURLs"]]
            found = [one for one in status if one]
            return 0, json.dumps(found), ""
        self.done.append(" ".join(words))
        return self._change(words, argv)

    def _name(self, endpoint: str) -> str:
        return endpoint.split("//")[1].split(":")[0]

    def _status(self, one: dict[str, Any]) -> dict[str, Any] | None:
        if not one["name"] or one["name"] in self.down:
            return None
        [leader] = [other["ID"] for other in self.members if other["name"] == self.leader]
        header = {"member_id": one["ID"], "revision": 5}
        more = {"leader": leader, "raftIndex": one["ID"], "version": one.get("version", "3.5.30")}
        return {"Status": {"header": header, **more}}

    def _change(self, words: list[str], argv: list[str]) -> tuple[int, str, str]:
        if words[0] == "move-leader":
            [self.leader] = [x["name"] for x in self.members if format(x["ID"], "x") == words[1]]
        elif words[1] == "remove":
            self.members = [x for x in self.members if format(x["ID"], "x") != words[2]]
        elif words[1] == "add":
            [url] = [word.split("=", 1)[1] for word in argv if word.startswith("--peer-urls=")]
            new = {"ID": 9, "name": "", "peerURLs": [url], "clientURLs": [], "isLearner": True}
            self.members.append(new)
        elif self.behind:
            self.behind -= 1
            return 1, "", "can only promote a learner member which is in sync with leader"
        else:
            del self.members[-1]["isLearner"]
        return 0, "{}", ""

    def _service(self, words: list[str]) -> tuple[int, str, str]:
        self.services.append(words[0])
        if words[0] == "restart" and self.starts:
            self.members[-1].update(name="m9", clientURLs=["http://m9:2379"])
        return 0, "", ""


class Hand:
    """Runs the module's work against the imitation."""

    def __init__(self, plugins: Callable[[str], Any], path: Path, cluster: FakeCluster) -> None:
        self.module = plugins("modules.etcd_member")
        self.client = plugins("module_utils.etcd_client")
        self.error = self.client.EtcdError
        self.path = path
        self.cluster = cluster
        self.check_mode = False
        self.params: dict[str, Any] = {}

    def run_command(self, argv: list[str], **more: Any) -> tuple[int, str, str]:
        return self.cluster.run(argv, **more)

    def _client(self) -> Any:
        return self.client.Client(self, [CTL], ["http://m1:2379", "http://m2:2379"])

    def join(self, name: str = "m9", timeout: int = 5) -> bool:
        """Have this host join as ``name``."""
        self.params = {
            "member": name,
            "peer_url": f"http://{name}:2380",
            "data_dir": str(self.path),
            "timeout": timeout,
        }
        changed: bool = self.module.Join(self, self._client()).run()
        return changed

    def leave(self, member: str) -> bool:
        """Remove a member."""
        self.params = {"member": member}
        changed: bool = self.module.leave(self, self._client())
        return changed


@pytest.fixture
def cluster() -> FakeCluster:
    """Three members, the first leads."""
    return FakeCluster("m1", "m2", "m3")


@pytest.fixture
def hand(
    plugins: Callable[[str], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cluster: FakeCluster,
) -> Hand:
    """The module on a host that is no member yet; nothing waits."""
    found = Hand(plugins, tmp_path / "data", cluster)
    found.path.mkdir()
    monkeypatch.setattr(found.client, "listens", lambda _endpoint: True)
    clock = iter(range(10**6))
    for module in (found.client, found.module):
        monkeypatch.setattr(module.time, "sleep", lambda _seconds: None)
        monkeypatch.setattr(module.time, "monotonic", lambda: next(clock) / 10)
    for name in ("_DROP_IN", "_ENVIRONMENT"):
        monkeypatch.setattr(found.module, name, str(tmp_path / "run" / name))
    return found


def test_a_new_member_is_promoted_once_it_has_all_data(hand: Hand, cluster: FakeCluster) -> None:
    cluster.behind = 3
    assert hand.join()
    assert (hand.path / "worldtree-joined").exists()
    (hand.path / "member").mkdir()
    assert cluster.done == ["member add m9", *["member promote 9"] * 4]
    assert [one["name"] for one in cluster.members] == ["m1", "m2", "m3", "m9"]
    assert not hand.join()
    assert list((hand.path.parent / "run").iterdir()) == []


def test_a_member_that_does_not_start_is_taken_out_again(hand: Hand, cluster: FakeCluster) -> None:
    cluster.starts = False
    with pytest.raises(hand.error, match="did not start within 5 s"):
        hand.join()
    assert cluster.done == ["member add m9", "member remove 9"]
    assert cluster.services[-2:] == ["stop", "daemon-reload"]


def test_a_learner_that_never_catches_up_gets_no_vote(hand: Hand, cluster: FakeCluster) -> None:
    cluster.behind = 10**6
    with pytest.raises(hand.error, match=r"did not get all data within 5 s: .*in sync"):
        hand.join()
    assert cluster.done[-1] == "member remove 9"


def test_an_interrupted_join_goes_on(hand: Hand, cluster: FakeCluster) -> None:
    added = {"ID": 9, "name": "", "peerURLs": ["http://m9:2380"], "clientURLs": []}
    cluster.members.append({**added, "isLearner": True})
    assert hand.join()
    assert cluster.done == ["member promote 9"]


def test_no_member_is_added_while_one_is_broken(hand: Hand, cluster: FakeCluster) -> None:
    cluster.down = {"m3"}
    with pytest.raises(hand.error, match=r"Start m3, or remove it first"):
        hand.join()
    assert cluster.done == []


def test_lost_data_and_data_of_a_removed_member_are_named(hand: Hand, cluster: FakeCluster) -> None:
    with pytest.raises(hand.error, match="they are lost"):
        hand.join("m3")
    (hand.path / "member").mkdir()
    assert not hand.join("m3")
    with pytest.raises(hand.error, match="it was removed"):
        hand.join()
    assert cluster.done == []


def test_a_member_of_a_first_start_that_failed_starts_as_the_others(
    hand: Hand, cluster: FakeCluster
) -> None:
    cluster.members[2]["clientURLs"] = []
    assert not hand.join("m3")


def test_the_leader_gives_up_its_role_before_it_is_removed(
    hand: Hand, cluster: FakeCluster
) -> None:
    assert hand.leave("m1")
    assert cluster.done == ["move-leader 3", "member remove 1"]
    assert not hand.leave("m1")


def test_a_dead_member_is_removed_and_a_healthy_one_stays(hand: Hand, cluster: FakeCluster) -> None:
    cluster.down = {"m3"}
    with pytest.raises(hand.error, match=r"1 of 2 members are healthy and 2 are needed"):
        hand.leave("m2")
    assert cluster.done == []
    assert hand.leave("m3")
    assert cluster.done == ["member remove 3"]


def test_check_mode_refuses_and_changes_nothing(hand: Hand, cluster: FakeCluster) -> None:
    hand.check_mode = True
    assert hand.leave("m2")
    assert hand.join()
    cluster.down = {"m3"}
    with pytest.raises(hand.error, match="needed"):
        hand.leave("m2")
    assert cluster.done == []


def test_without_an_answer_each_address_is_named(hand: Hand, cluster: FakeCluster) -> None:
    cluster.down = {"m1", "m2", "m3"}
    with pytest.raises(hand.error, match=r"no member answers: http://m1:2379: .*; http://m2"):
        hand.leave("m3")
