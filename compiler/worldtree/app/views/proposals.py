"""Plans that were compiled without being run: lists, and one with graph and approvals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from worldtree.app.approvals.approval_rules import ApprovalRules, approvers, missing_approvals
from worldtree.app.page_cursors import encode_cursor
from worldtree.app.views.graph import graph_view
from worldtree.plan.plan import Plan
from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.store.proposals import DecisionRecord, ProposalRecord

_Decisions = Sequence["DecisionRecord"]


def proposal_item_view(
    record: ProposalRecord, decisions: _Decisions, rules: ApprovalRules
) -> dict[str, Any]:
    """Return a plan without its graph; ``missing`` says what it lacks before it may run."""
    count = len(approvers(record, decisions, rules))
    missing = missing_approvals(count, rules) if record.status == "ready" else None
    is_approved = record.status == "ready" and rules.required > 0 and missing is None
    return {
        "id": record.id,
        "cluster": record.cluster,
        "pipeline": record.request["work"]["pipeline"],
        "status": "approved" if is_approved else record.status,
        "requested_by": record.actor.name,
        "created": utc_text(record.created),
        "version": record.request["version"],
        "approvals": {"given": count, "required": rules.required},
        "missing": [] if missing is None else [missing],
        "window": _window(record.window),
        "task_id": record.task,
    }


def proposal_view(
    record: ProposalRecord,
    plan: Plan | None,
    decisions: _Decisions,
    rules: ApprovalRules,
    changes: Sequence[str],
) -> dict[str, Any]:
    """Return a plan with graph, layers, undo coverage, digests and decisions.

    ``changes`` is what has changed since it was made; ``plan`` is None where it was pruned.
    """
    counted = set(approvers(record, decisions, rules))
    return {
        **proposal_item_view(record, decisions, rules),
        "request": record.request["work"],
        "content": record.request.get("content"),
        "digests": dict(record.digests),
        "own_approval": rules.own,
        "changes": list(record.changes or changes),
        "decisions": [
            {
                "who": one.actor.name,
                "from": one.actor.origin,
                "time": utc_text(one.time),
                "what": one.what,
                "comment": one.comment,
                "counts": one.what == "approve" and one.actor.name in counted,
            }
            for one in decisions
        ],
        "undo": None if plan is None else undo_coverage(plan),
        "graph": None if plan is None else graph_view(plan),
    }


def undo_coverage(plan: Plan) -> dict[str, Any]:
    """Return how much of the work of ``plan`` can be undone."""
    nodes = plan.graph.nodes.values()
    kinds: Counter[str] = Counter(node.reversibility for node in nodes)
    work = sum(kinds.values()) - kinds["read-only"]
    undone = kinds["reversible"] + kinds["compensable"]
    names = ("reversible", "compensable", "irreversible", "read-only")
    return {
        "nodes": work,
        "undoable": undone,
        "share": 1.0 if not work else round(undone / work, 4),
        "kinds": {name: kinds[name] for name in names},
        "irreversible": [node.id for node in nodes if node.reversibility == "irreversible"],
    }


def proposal_page_view(
    found: Sequence[tuple[ProposalRecord, _Decisions]], rules: ApprovalRules, *, more: bool
) -> dict[str, Any]:
    """Return a page of plans, newest first."""
    last = found[-1][0] if more and found else None
    return {
        "items": [proposal_item_view(record, made, rules) for record, made in found],
        "next": None if last is None else encode_cursor(last.created, last.id),
    }


def _window(window: Mapping[str, float] | None) -> dict[str, Any] | None:
    return None if window is None else {name: utc_text(value) for name, value in window.items()}
