"""``wt proposal``: plans that wait for approvals, and run exactly as they were approved."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.model_options import made_of
from worldtree.cli.options import pipeline_options, selection_options
from worldtree.cli.output import output_option
from worldtree.cli.proposal_text import show_accepted, show_proposal, show_proposals, show_rules
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.approvals.plan_requests import AskedApply
    from worldtree.app.requests import Selection
    from worldtree.plan.pipeline_request import PipelineRequest

_REFUSED = {ExitCode.REFUSED: "the plan is void, closed, damaged, or lacks approvals"}
_TIME = click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
_plan = click.argument("plan")
_comment = click.option("--comment", default="", metavar="TEXT", help="Why.")


@click.group(cls=Group)
def proposal() -> None:
    """Request, approve and apply plans of the service's documents.

    A plan is compiled once. What runs is exactly what was approved; a change of the cluster's
    document makes the plan void.
    """


@proposal.command(
    exit_codes={
        ExitCode.INPUT: "unknown cluster, or errors in the document",
        ExitCode.REFUSED: "the cluster has no document in the service",
    }
)
@click.argument("cluster")
@pipeline_options
@selection_options
@click.option("--check", is_flag=True, help="Change nothing: Ansible's check mode.")
@click.option("--changed", is_flag=True, help="Skip work whose input is unchanged.")
@click.option(
    "--policy",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What the document may do, as `wt serve --policy` has it.  [default: only work on its "
    "hosts]",
)
@output_option
def request(
    cluster: str,
    pipeline: PipelineRequest,
    selection: Selection,
    check: bool,
    changed: bool,
    policy: Path | None,
    output: str,
) -> None:
    """Compile a pipeline of a cluster's document, without running it.

    The document is the one that the service was given last. Give the policy of the service: it
    checks the plan again when it runs.
    """
    from dataclasses import asdict

    from worldtree.app.approvals.plan_requests import AskedPlan

    asked = made_of(
        AskedPlan,
        cluster=cluster,
        pipeline=pipeline.name,
        parameters=dict(pipeline.parameters),
        selection={name: list(value) for name, value in asdict(selection).items()},
        check=check,
        only_changed=changed,
    )
    made = application()
    if policy is not None:
        from worldtree.app.documents.policy_file import read_policy

        made = made.with_policy(read_policy(policy))
    service = made.plans
    show_proposal(service.view(service.request(asked).id), output)


@proposal.command("list")
@click.option("--cluster", metavar="NAME", help="Of this cluster only.")
@click.option(
    "--limit",
    type=click.IntRange(1, 200),
    default=50,
    show_default=True,
    help="Show so many, the newest ones.",
)
@output_option
def list_(cluster: str | None, limit: int, output: str) -> None:
    """List plans, newest first, and what they lack."""
    show_proposals(application().plans.page(limit, cluster=cluster), output)


@proposal.command(exit_codes={ExitCode.REFUSED: "unknown plan"})
@_plan
@output_option
def show(plan: str, output: str) -> None:
    """Show a plan: nodes, undo coverage, approvals, what has changed since."""
    show_proposal(application().plans.view(plan), output)


@proposal.command(exit_codes=_REFUSED)
@_plan
@_comment
@output_option
def approve(plan: str, comment: str, output: str) -> None:
    """Approve a plan."""
    from worldtree.app.approvals.plan_requests import AskedDecision

    service = application().plans
    service.decide(plan, "approve", made_of(AskedDecision, comment=comment))
    show_proposal(service.view(plan), output)


@proposal.command(exit_codes=_REFUSED)
@_plan
@_comment
@output_option
def reject(plan: str, comment: str, output: str) -> None:
    """Reject a plan, which is final."""
    from worldtree.app.approvals.plan_requests import AskedDecision

    service = application().plans
    service.decide(plan, "reject", made_of(AskedDecision, comment=comment))
    show_proposal(service.view(plan), output)


@proposal.command(exit_codes=_REFUSED)
@_plan
@click.option("--from", "start", type=_TIME, help="Not before this time, in UTC.")
@click.option("--until", type=_TIME, help="Not when it has not begun by then, in UTC.")
@output_option
def apply(plan: str, start: datetime | None, until: datetime | None, output: str) -> None:
    """Let the service run a plan, at once or in a window."""
    from worldtree.app.views.pages import accepted_view

    asked = asked_apply(start, until)
    show_accepted(accepted_view(application().plans.apply(plan, asked)), output)


def asked_apply(start: datetime | None, until: datetime | None) -> AskedApply:
    """Return the request with the window of two options. Raises ``click.UsageError``."""
    from worldtree.app.approvals.plan_requests import AskedApply, AskedWindow

    if start is not None and until is None:
        raise click.UsageError("`--from` needs `--until`")
    if until is None:
        return AskedApply()
    begin, end = (None if one is None else one.replace(tzinfo=UTC) for one in (start, until))
    if begin is not None and end is not None and begin >= end:
        raise click.UsageError("`--until` is not after `--from`")
    return AskedApply(window=made_of(AskedWindow, **{"from": begin, "until": end}))


@proposal.command(exit_codes={ExitCode.INPUT: "unknown project"})
@click.option("--required", type=click.IntRange(0, 100), help="Users who have to approve a plan.")
@click.option("--own/--no-own", default=None, help="Whether who requested it may be one of them.")
@output_option
def rules(required: int | None, own: bool | None, output: str) -> None:
    """Show the rules of the project about approvals, or change them.

    With approvals required, the service refuses work without an approved plan.
    """
    service = application().plans
    found = service.rules()
    if required is not None or own is not None:
        values = {"required": required, "own": own}
        given = {name: value for name, value in values.items() if value is not None}
        # Nobody approves one's own unless that is said.
        found = type(found)(**{"required": found.required, "own": False, **given})
        service.set_rules(found)
    show_rules(found.model_dump(mode="json"), output)
