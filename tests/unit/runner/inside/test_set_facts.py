"""Facts that tasks set, from one real run of Ansible to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unit.engine.bundles import task, write_bundle
from unit.engine.plans import node_id, plan
from worldtree.results.events import Event, EventKind
from worldtree.results.run import RunRequest
from worldtree.runner.control.executor import RunnerExecutor
from worldtree.secrets.broker_process import BrokerProcess
from worldtree.secrets.resolver import SecretSources

HOSTS = ("h1", "h2")
SECRET = "canary-1c2d3"


def set_fact(**values: Any) -> dict[str, Any]:
    return task("Set", "set_fact", values)


@pytest.fixture
def facts(tmp_path: Path) -> dict[str, Any]:
    """What two plays of one run set, by short node name and host."""
    one = [
        set_fact(token="t-{{ inventory_hostname }}", worldtree_done=True),
        task("Hide", "set_fact", {"pin": "1234"}, no_log=True),
        set_fact(password=f"pw {SECRET}"),
        task("Loop", "set_fact", {"last": "{{ item }}"}, loop=[1, 2]),
        task("Not this time", "set_fact", {"never": True}, when=False),
        task("Delegate", "set_fact", {"of_h2": 1}, run_once=True, delegate_to="h2")
        | {"delegate_facts": True},
    ]
    two = [
        set_fact(token="again"),
        task("Say", "debug", {"msg": "{{ token }} {{ last }} {{ handed }}"}),
    ]
    bundle = write_bundle(tmp_path / "bundle", {"one": one, "two": two}, HOSTS)
    nodes = (node_id("one"), node_id("two"))
    events: list[Event] = []
    with (
        BrokerProcess.start(SecretSources({"SHOP_TOKEN": SECRET}, {}, (), {})) as broker,
        RunnerExecutor(
            plan({"one": HOSTS, "two": HOSTS}), directory=tmp_path / "task", broker=broker
        ) as executor,
    ):
        assert broker.preflight(["env:SHOP_TOKEN"]) == {}
        request = RunRequest(
            attempt="0" * 8,
            nodes=nodes,
            hosts=HOSTS,
            bundle=bundle,
            directory=tmp_path / "attempt",
            facts={"h1": {"handed": "from-before"}, "h2": {"handed": [1]}},
        )
        outcome = executor.start(request, events.append, lambda _: None).wait(60)
    assert outcome is not None
    assert (outcome.rc, outcome.message) == (0, "")
    ends = [e for e in events if e.kind is EventKind.HOST_TASK_FINISHED]
    assert sorted(e.message or "" for e in ends if e.name == "Say") == [
        "again 2 [1]",
        "again 2 from-before",
    ]
    found: dict[str, Any] = {}
    for event in events:
        if event.kind is EventKind.FACTS_SET:
            short = (event.node or "").rpartition("/")[2]
            found.setdefault(short, {})[event.host] = event.result
    return found


def test_facts_are_told_by_play_and_host_but_for_what_is_secret(facts: dict[str, Any]) -> None:
    """Delegated ones are those of the host they were set for; what was handed over is not new."""
    hidden = ["password", "pin"]
    assert facts["one"] == {
        "h1": {"values": {"last": 2, "token": "t-h1"}, "hidden": hidden},
        "h2": {"values": {"last": 2, "of_h2": 1, "token": "t-h2"}, "hidden": hidden},
    }
    again = {"values": {"token": "again"}, "hidden": []}
    assert facts["two"] == {"h1": again, "h2": again}
