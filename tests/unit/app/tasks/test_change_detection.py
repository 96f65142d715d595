"""What an apply of what changed leaves out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from unit.engine.plans import node_id, plan, with_finalisers
from worldtree.ansible.bundle import Bundle, BundleFile
from worldtree.app.tasks.change_detection import judged_work
from worldtree.app.tasks.withheld_values import WithheldValues
from worldtree.core.errors import RefusedError
from worldtree.engine.prior_results import NodeHost
from worldtree.plan.plan import Plan
from worldtree.store.cluster_state import Success

TWO = ["h1", "h2"]
CHAIN = plan(
    dict.fromkeys(["drain", "work", "back"], TWO),
    [("drain", "work", "host"), ("work", "back", "host")],
)


def left_out(
    wanted: Plan,
    changed: Collection[tuple[str, str]],
    *,
    memory: Mapping[NodeHost, Mapping[str, Any]] | None = None,
    files: Mapping[str, BundleFile] | None = None,
) -> set[tuple[str, str]]:
    """Return what need not be done of a plan that was done whole, before some of it changed."""
    pairs: list[NodeHost] = [(n.id, h) for n in wanted.graph.nodes.values() for h in n.hosts]
    digests: dict[str, dict[str, str]] = {}
    for name, host in pairs:
        new = "new" if (name.rpartition("/")[2], host) in changed else "old"
        digests.setdefault(name, {})[host] = new
    successes = {pair: Success("old", "t", 1.0) for pair in pairs}
    known, _ = judged_work(
        wanted.model_copy(update={"pair_digests": digests}),
        successes,
        WithheldValues(wanted, lambda: memory or {}, lambda: Bundle(files or {})),
    )
    return {(name.rpartition("/")[2], host) for name, host in known.results}


def test_what_did_not_change_is_left_out_host_by_host() -> None:
    assert left_out(CHAIN, {("work", "h1")}) == {
        *((name, "h2") for name in ("drain", "work", "back")),
        ("drain", "h1"),
        ("back", "h1"),
    }


@pytest.mark.parametrize("changed", ["drain", "work", "back"])
def test_work_with_a_finaliser_is_done_as_a_whole(changed: str) -> None:
    """What the finaliser took back last time is there again, where any of it is done."""
    bracket = with_finalisers(CHAIN, "back")
    left = left_out(bracket, {(changed, "h1")})
    assert left == {(name, "h2") for name in ("drain", "work", "back")}


def test_a_finaliser_on_another_host_takes_back_all_of_its_work() -> None:
    """So all of it is done again."""
    made = plan({"work": TWO, "back": ["h3"]}, [("work", "back", "barrier")])
    assert left_out(with_finalisers(made, "back"), {("work", "h1")}) == set()


def test_nothing_is_done_where_nothing_changed() -> None:
    assert len(left_out(with_finalisers(CHAIN, "back"), ())) == 6


#: ``make`` sets a value, ``pass-on`` stands between, ``use`` may read it; ``beside`` runs beside.
READERS = plan(
    dict.fromkeys(["make", "pass-on", "use", "beside"], TWO),
    [("make", "pass-on", "host"), ("pass-on", "use", "host")],
)
#: What the play of ``use`` has, and roles by their files.
CALLS_ROLE = "roles: [{role: mine}]"
HIDES = {"hidden": ["token"], "values": {"plain": 1}}


@pytest.mark.parametrize(
    ("entry", "play", "changed", "again"),
    [
        (HIDES, "msg: '{{ token }}'", "use", True),
        (HIDES, "when: token is defined", "use", True),
        (HIDES, CALLS_ROLE, "use", True),
        (HIDES, "msg: \"{{ lookup('vars', 'to' ~ 'ken') }}\"", "use", True),
        ({"values": {}, "hidden_in": {"facts": ["token"]}}, "msg: '{{ token }}'", "use", True),
        (HIDES, "msg: '{{ plain }}'", "use", False),
        (HIDES, "msg: '{{ token }}'", "beside", False),
        (HIDES, "msg: '{{ token }}'", "pass-on", False),
        ({"values": {"token": 1}}, "msg: '{{ token }}'", "use", False),
    ],
)
def test_what_was_not_written_down_is_set_again_where_it_may_be_read(
    entry: Mapping[str, Any], play: str, changed: str, again: bool
) -> None:
    """Only of the hosts of which it is withheld, and only for work after it that runs."""
    files = {
        "plays/p.m.t.use.yml": BundleFile(play),
        "roles/mine/templates/x.j2": BundleFile("{{ hostvars.h1.token }}"),
        "roles/other/tasks/main.yml": BundleFile("{{ token }}"),
        "inventory/hosts.yml": BundleFile("token: of the inventory"),
    }
    memory = {(node_id("make"), "h1"): entry, (node_id("make"), "h2"): {"values": {"x": 1}}}
    left = left_out(READERS, {(changed, "h2")}, memory=memory, files=files)
    everything = {(name, host) for name in ("make", "pass-on", "use", "beside") for host in TWO}
    gone = {(changed, "h2")} | ({("make", "h1")} if again else set())
    assert left == everything - gone


@pytest.mark.parametrize(
    ("memory", "play", "done", "refused"),
    [
        ({}, "msg: '{{ token }}'", (), True),
        ({}, "msg: '{{ other }}'", (), False),
        ({}, "msg: \"{{ lookup('vars', 'to' ~ 'ken') }}\"", (), False),
        ({}, "msg: '{{ token }}'", ("h1",), False),
        ({}, "msg: \"{{ hostvars['h1'].token }}\"", ("h1",), True),
        ({}, "msg: '{{ token }}'", ("h1", "h2"), False),
        ({}, "register: token", (), False),
        ({("use", "h1"): HIDES}, "msg: '{{ token }}'", (), False),
        ({("later", "h1"): {"values": {"token": 1}}}, "msg: '{{ token }}'", (), False),
        ({("later", "h2"): {"values": {"token": 1}}}, "msg: '{{ token }}'", (), True),
        ({("gone", "h1"): HIDES}, "msg: '{{ token }}'", (), True),
    ],
)
def test_a_selection_without_what_sets_a_value_is_refused(
    memory: Mapping[NodeHost, Mapping[str, Any]], play: str, done: Collection[str], refused: bool
) -> None:
    """Not where the node sets it itself, nor where a later node set it and it was written down."""
    whole = plan({"use": TWO})
    left = {node_id(name): (node_id("use"),) for name in ("make", "later")}
    graph = whole.graph.model_copy(update={"left_out": left})
    known = {("make", "h1"): HIDES, **memory}
    withheld = WithheldValues(
        whole.model_copy(update={"graph": graph}),
        lambda: {(node_id(name), host): entry for (name, host), entry in known.items()},
        lambda: Bundle({"plays/p.m.t.use.yml": BundleFile(play)}),
    )
    reused = [(node_id("use"), host) for host in done]
    if not refused:
        withheld.refuse_left_out(reused)
        return
    with pytest.raises(
        RefusedError, match="p/m/t/use reads `token`, which p/m/t/make set"
    ) as error:
        withheld.refuse_left_out(reused)
    assert error.value.hint == "select it, too: `--only m/t/make`"


def test_the_memory_of_a_cluster_is_not_read_where_nothing_is_left_out_or_reused() -> None:
    """It is large where there are many hosts."""

    def load() -> Mapping[NodeHost, Mapping[str, Any]]:
        raise AssertionError

    withheld = WithheldValues(READERS, load, lambda: Bundle({}))
    withheld.refuse_left_out(())
    assert withheld.to_set_again(()) == set()
