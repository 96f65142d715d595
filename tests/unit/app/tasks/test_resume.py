"""What a retry of chosen nodes runs besides them."""

from __future__ import annotations

from unit.engine.plans import node_id, plan, with_finalisers
from worldtree.app.tasks.resume import drawn_in
from worldtree.engine.resume_plan import Rerun, RerunReason, ResumePlan


def test_what_runs_for_chosen_work_is_not_left_out() -> None:
    """What follows it, what sets its values again, and the finalisers of both; nothing else."""
    made = plan(
        dict.fromkeys(("set", "back", "chosen", "follow", "other", "undo"), ("h1",)),
        [("set", "back", "host"), ("chosen", "follow", "host"), ("other", "undo", "host")],
    )
    wanted = with_finalisers(made, "back", "undo")
    reasons = {
        "set": RerunReason.SETS_AGAIN,
        "back": RerunReason.FINALISES_RERUN,
        "chosen": RerunReason.SELECTED,
        "follow": RerunReason.FOLLOWS_RERUN,
        "other": RerunReason.NOT_FINISHED,
        "undo": RerunReason.FINALISES_RERUN,
    }
    runs = {(node_id(name), "h1"): Rerun(reason) for name, reason in reasons.items()}
    found = drawn_in(wanted, ResumePlan(runs=runs))
    assert found == {(node_id(name), "h1") for name in ("set", "back", "follow")}
