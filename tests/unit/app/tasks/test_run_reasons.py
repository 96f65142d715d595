"""Why work runs under ``--changed``: one code for each cause, and none that is not certain."""

from __future__ import annotations

from typing import Any

import pytest

from unit.engine.plans import node_id, plan, with_finalisers
from worldtree.ansible.bundle import Bundle, BundleFile
from worldtree.app.tasks.change_detection import judged_work
from worldtree.app.tasks.run_reasons import (
    EarlierWork,
    ReasonCode,
    RecordedWork,
    RunReasons,
    nothing_done,
)
from worldtree.app.tasks.withheld_values import WithheldValues
from worldtree.engine.prior_results import NodeHost
from worldtree.plan.plan import Plan
from worldtree.store.cluster_state import Success

PAIR: NodeHost = (node_id("work"), "h1")


def made(digest: str, **fields: Any) -> Plan:
    """Return a plan of one node on one host, with the digest of that work."""
    found = plan({"work": ["h1"]})
    return found.model_copy(update={"pair_digests": {PAIR[0]: {"h1": digest}}, **fields})


OLD = made("old", digests={"document": "1", "role:x": "1", "tool:worldtree": "1"})
TAGS: dict[str, Any] = {"cut": {PAIR[0]: "part"}, "tags": ("deploy",)}


@pytest.mark.parametrize(
    ("old", "new", "digest", "overtaken", "expected"),
    [
        (OLD, OLD, "old", True, ("overtaken", ())),
        (OLD, made("new", digests={"document": "2"}), "other", False, ("input-changed", ())),
        (
            OLD,
            made("new", digests={"document": "2", "role:x": "2", "tool:worldtree": "2"}),
            "old",
            False,
            ("input-changed", ("document", "role:x")),
        ),
        (OLD, made("new", digests=OLD.digests), "old", False, ("input-changed", ())),
        (made("old", **TAGS), made("new"), "old", False, ("part-done", ())),
    ],
    ids=["overtaken", "of another plan", "several inputs", "none", "with tags"],
)
def test_a_reason_says_what_is_known_of_the_last_success(
    old: Plan, new: Plan, digest: str, overtaken: bool, expected: tuple[str, tuple[str, ...]]
) -> None:
    recorded = {PAIR: RecordedWork(digest, "t1", overtaken)}
    reasons = RunReasons(new, {}, recorded, lambda _task: EarlierWork(old, {}), {})
    (reason,) = reasons.of([PAIR])[PAIR]
    assert (reason.code, reason.inputs) == expected


def test_without_a_success_nothing_else_is_said() -> None:
    (reason,) = nothing_done(OLD).of([PAIR])[PAIR]
    assert (reason.code, reason.text) == ("no-success", "no success is recorded")


def _others(wanted: Plan, changed: str, **memory: Any) -> dict[str, ReasonCode]:
    """Return the reasons of work whose own input is the same, where ``changed`` runs again."""
    names = list(wanted.graph.nodes)
    digests = {name: {"h1": "new" if name == node_id(changed) else "old"} for name in names}
    wanted = wanted.model_copy(update={"pair_digests": digests})
    kept = {(node_id(name), "h1"): entry for name, entry in memory.items()}
    files = {f"plays/p.m.t.{changed}.yml": BundleFile("msg: '{{ token }}'")}
    withheld = WithheldValues(wanted, lambda: kept, lambda: Bundle(files))
    _, found = judged_work(
        wanted, {(name, "h1"): Success("old", "t", 1.0) for name in names}, withheld
    )
    return {name.rpartition("/")[2]: code for (name, _), code in found.items()}


def test_work_that_runs_for_other_work_says_so() -> None:
    chain = plan({"make": ["h1"], "use": ["h1"]}, [("make", "use", "host")])
    assert _others(chain, "use") == {}
    secret = {"hidden": ["token"], "values": {}}
    assert _others(chain, "use", make=secret) == {"make": ReasonCode.VALUES_NOT_KEPT}
    assert _others(with_finalisers(chain, "use"), "make") == {"use": ReasonCode.FINALISER}
