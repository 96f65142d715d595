"""When failures end a play for all of its hosts, as Ansible then ends the playbook."""

from __future__ import annotations

from typing import Any

import pytest

from unit.engine.plans import node_id, plan, simulate
from worldtree.engine.scheduling.ended_plays import failures_ended_play
from worldtree.plan.node import Node
from worldtree.plan.play_work import PlayWork
from worldtree.plan.policy import Policy
from worldtree.results.host_reason import HostReason
from worldtree.results.status import HostStatus
from worldtree.results.tree import HostResult

_STATUSES = {".": HostStatus.OK, "x": HostStatus.FAILED, "-": HostStatus.NOT_RUN}


def play(serial: Any = None, **keywords: Any) -> Node:
    """Return a step that is a play."""
    policy = Policy(serial=serial)
    return Node(
        id=node_id("a"),
        kind="play",
        hosts=("h1",),
        policy=policy,
        play=PlayWork(tasks=({"command": "true"},), keywords=keywords),
    )


def results(marks: str, reason: HostReason | None = None) -> dict[str, HostResult]:
    """Return a result per mark; ``reason`` is that of hosts that did not run."""
    return {
        f"h{place}": HostResult(status=_STATUSES[mark], reason=reason if mark == "-" else None)
        for place, mark in enumerate(marks)
    }


@pytest.mark.parametrize(
    ("node", "marks", "ended"),
    [
        (play(), "..x.", False),
        (play(), "xxxx", True),
        (play(any_errors_fatal=True), "...x", True),
        (play(any_errors_fatal=True), "....", False),
        (play(max_fail_percentage=25), "...x", False),
        (play(max_fail_percentage=25), "..xx", True),
        (play(max_fail_percentage=0), "...x", True),
        (play(2), ".x.x.", False),
        (play(2), "...xx", True),
        (play(2), "....x", True),
        (play((1, "50%")), ".x.x.", False),
        (play((1, "50%")), "x....", True),
        (play("{{ size }}"), "x....", False),
        (play(2, max_fail_percentage=49), ".x...", True),
    ],
)
def test_failures_end_a_play_where_ansible_ends_the_playbook(
    node: Node, marks: str, ended: bool
) -> None:
    assert failures_ended_play(node, results(marks)) is ended
    assert not failures_ended_play(node.model_copy(update={"play": None}), results(marks))


@pytest.mark.parametrize("reason", [HostReason.PLAY_ABORTED, HostReason.BATCH_NOT_STARTED])
def test_hosts_that_others_stopped_say_it_ended(reason: HostReason) -> None:
    assert failures_ended_play(play(), results("..x-", reason))
    assert not failures_ended_play(play(), results("..x-", HostReason.NOT_IN_PLAY))


def test_what_waits_for_an_ended_play_is_skipped_on_other_hosts_too() -> None:
    """Whatever the policy says of how many may fail."""
    wanted = plan(
        {"a": ("h1", "h2", "h3"), "b": ("localhost",)},
        [("a", "b", "barrier")],
        {"a": Policy(allowed_failures="99%")},
    )
    script = {("a", "h3"): "failed"}
    assert simulate(wanted, script).nodes[1].hosts["localhost"].status is HostStatus.OK
    nodes = dict(wanted.graph.nodes)
    fatal = PlayWork(tasks=({"command": "true"},), keywords={"any_errors_fatal": True})
    nodes[node_id("a")] = nodes[node_id("a")].model_copy(update={"play": fatal})
    graph = wanted.graph.model_copy(update={"nodes": nodes})
    found = simulate(wanted.model_copy(update={"graph": graph}), script).nodes[1]
    assert found.caused_by == node_id("a")
    assert found.hosts["localhost"].status is HostStatus.NOT_RUN
