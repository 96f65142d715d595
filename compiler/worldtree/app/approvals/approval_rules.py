"""The rules of a project about approvals: whether plans need some, of how many users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from worldtree.app.content.content_request import ContentSource
from worldtree.core.errors import RefusedError
from worldtree.core.next_steps import NextStep
from worldtree.results.task_command import LOOKING_COMMANDS, TaskCommand

if TYPE_CHECKING:
    from worldtree.store.proposals import DecisionRecord, ProposalRecord
    from worldtree.store.store import Store, TaskRecord

#: The key in the settings of a project.
SETTING = "approvals"


class ApprovalRules(BaseModel):
    """What a project says about approvals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    required: int = Field(default=0, ge=0, le=100, description="Users who have to approve a plan.")
    own: bool = Field(default=False, description="Whether who requested a plan may be one of them.")


#: Of a project without any.
NO_RULES = ApprovalRules(own=True)


def read_rules(settings: Mapping[str, Any]) -> ApprovalRules:
    """Return the rules in the settings of a project."""
    found = settings.get(SETTING)
    return NO_RULES if found is None else ApprovalRules.model_validate(found)


def approvers(
    record: ProposalRecord, decisions: Iterable[DecisionRecord], rules: ApprovalRules
) -> list[str]:
    """Return the users whose approvals count, each once.

    An approval counts for the digests that it was given for, and one's own by the rules alone.
    """
    found = {
        one.actor.name: None
        for one in decisions
        if one.what == "approve"
        and dict(one.digests) == dict(record.digests)
        and (rules.own or one.actor.name != record.actor.name)
    }
    return list(found)


def missing_approvals(count: int, rules: ApprovalRules) -> str | None:
    """Return what is missing of the required approvals; None where nothing is."""
    return None if count >= rules.required else f"approvals {count} of {rules.required}"


def refuse_unapproved(
    store: Store,
    cluster: str,
    command: TaskCommand,
    document: str,
    content: ContentSource | None = None,
) -> None:
    """Raise ``RefusedError`` where work on a cluster needs an approved plan.

    ``document`` is the digest of the document. Work that only looks needs none with a document and
    content that an approved plan has brought to the cluster: others may have commands in their
    checks.
    """
    rules = read_rules(store.project_settings())
    if not rules.required:
        return
    if command in LOOKING_COMMANDS:
        applied = store.requests_of_applied_plans(cluster, document)
        if any(content is None or _has_files_of(content, one) for one in applied):
            return
    raise _approval_required(cluster, rules)


def _has_files_of(content: ContentSource, plan: Mapping[str, Any]) -> bool:
    """Whether the request of a plan had the same content."""
    found = plan.get("content")
    return found is not None and content.has_files_of(ContentSource.model_validate(found))


def refuse_unapproved_again(store: Store, task: TaskRecord, *, repeats: bool) -> None:
    """Raise ``RefusedError`` where a task of the project may not be continued or rolled back.

    Where the project requires approvals, that needs a task of an approved plan, or one that only
    looks; a rollback is continued as the task that it undoes. ``repeats`` is for work that was done
    already: it needs the newest task of its cluster, as another one may have been approved since.
    """
    rules = read_rules(store.project_settings())
    if not rules.required or task.command in LOOKING_COMMANDS:
        return
    approved = (task.parent if task.command == TaskCommand.ROLLBACK else None) or task.id
    is_newest = not repeats or store.newest_begun_task(task.cluster) == task.id
    if not (store.is_of_plan(approved) and is_newest):
        raise _approval_required(task.cluster, rules)


def _approval_required(cluster: str, rules: ApprovalRules) -> RefusedError:
    return RefusedError(
        f"work on cluster `{cluster}` needs a plan with {rules.required} "
        f"{'approval' if rules.required == 1 else 'approvals'}",
        code="approval-required",
        hint="request a plan of the stored document, have it approved, and apply it",
        next_steps=[NextStep("request-plan", cluster, "request a plan")],
    )
