"""``wt --server URL proposal``: plans of a service that wait for approvals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from worldtree.cli.model_options import made_of
from worldtree.cli.options import read_parameters
from worldtree.cli.proposal_text import show_accepted, show_proposal, show_proposals
from worldtree.cli.remote.compiled import selection_data
from worldtree.cli.remote.connect import open_service
from worldtree.remote.client import quoted
from worldtree.remote.service import RemoteService, with_keys

#: What is read of a plan, and of one in a list.
_KEYS = (
    *("id", "cluster", "pipeline", "status", "missing", "changes", "decisions", "graph"),
    "task_id",
)
_ITEM_KEYS = (*_KEYS[:5], "requested_by", "created")


def request(
    *,
    cluster: str,
    pipeline: str,
    parameters: tuple[str, ...],
    check: bool,
    changed: bool,
    output: str,
    **selection: tuple[str, ...],
) -> None:
    """Compile a pipeline of a cluster's document, without running it."""
    from worldtree.app.approvals.plan_requests import AskedPlan

    asked = made_of(
        AskedPlan,
        cluster=cluster,
        pipeline=pipeline,
        parameters=read_parameters(parameters),
        selection=selection_data(**selection),
        check=check,
        only_changed=changed,
    )
    found = open_service().client.post("/plans", asked.model_dump(mode="json"))
    show_proposal(with_keys(found, "/plans", *_KEYS), output)


def list_(*, cluster: str | None, limit: int, output: str) -> None:
    """List plans, newest first."""
    found = open_service().mapping("/plans", limit=limit, cluster=cluster)
    with_keys(found, "/plans", "items", "next")
    for one in found["items"]:
        with_keys(one, "/plans", *_ITEM_KEYS)
    show_proposals(found, output)


def show(*, plan: str, output: str) -> None:
    """Show a plan."""
    path = _path(plan)
    show_proposal(with_keys(open_service().mapping(path), path, *_KEYS), output)


def approve(*, plan: str, comment: str, output: str) -> None:
    """Approve a plan."""
    _decide(open_service(), plan, "approve", comment, output)


def reject(*, plan: str, comment: str, output: str) -> None:
    """Reject a plan."""
    _decide(open_service(), plan, "reject", comment, output)


def apply(*, plan: str, start: datetime | None, until: datetime | None, output: str) -> None:
    """Let the service run a plan, at once or in a window."""
    from worldtree.cli.commands.proposal import asked_apply

    asked = asked_apply(start, until)
    path = f"{_path(plan)}/apply"
    body: Mapping[str, Any] = asked.model_dump(mode="json", by_alias=True)
    found = open_service().client.post(path, body)
    show_accepted(with_keys(found, path, "task_id", "status"), output)


def _decide(service: RemoteService, plan: str, what: str, comment: str, output: str) -> None:
    from worldtree.app.approvals.plan_requests import AskedDecision

    asked = made_of(AskedDecision, comment=comment)
    path = f"{_path(plan)}/{what}"
    found = service.client.post(path, asked.model_dump(mode="json"))
    show_proposal(with_keys(found, path, *_KEYS), output)


def _path(plan: str) -> str:
    return f"/plans/{quoted(plan)}"
