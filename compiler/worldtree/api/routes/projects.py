"""Projects, which own clusters, with their limits and rules."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from worldtree.api.answers import JsonAnswer
from worldtree.api.authentication import Access, InProject
from worldtree.api.bodies import json_only
from worldtree.api.parameters import NO_NULL
from worldtree.app.approvals.approval_rules import ApprovalRules

router = APIRouter(prefix="/projects", tags=["projects"])


class TaskLimit(BaseModel):
    """The limits of a project."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tasks: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        description="How many tasks run at the same time; null for any number."
    )


class AskedQuota(BaseModel):
    """How many archives a project may keep; both are named, so that none changes unnoticed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    count: Annotated[int, Field(ge=0, le=1_000_000, description="Archives.")]
    bytes: Annotated[int, Field(ge=0, le=2**50, description="What is in them together.")]


class AskedRules(BaseModel):
    """The rules of a project about approvals; both are named, so that none changes unnoticed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    required: Annotated[int, Field(ge=0, le=100, description="Users who have to approve a plan.")]
    own: Annotated[
        bool, Field(description="Whether who requested a plan may be one of those who approve it.")
    ]


class NewProject(BaseModel):
    """A project to create."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200, pattern=NO_NULL)]


@router.get("")
def list_projects(app: Access) -> Response:
    """List the projects that the caller may see."""
    return JsonAnswer(app.projects())


@router.post("", status_code=201, dependencies=[Depends(json_only)])
def create_project(app: Access, sent: NewProject) -> Response:
    """Create a project."""
    return JsonAnswer(app.create_project(sent.name), 201)


@router.get("/{project}")
def get_project(app: InProject) -> Response:
    """Return a project with its limits and its rules about approvals."""
    return JsonAnswer(app.project_settings())


@router.put("/{project}/limits", dependencies=[Depends(json_only)])
def set_limits(app: InProject, sent: TaskLimit) -> Response:
    """Set how many tasks of a project run at the same time; more wait in the queue."""
    return JsonAnswer(app.set_task_limit(sent.tasks))


@router.get("/{project}/archives")
def get_archive_quota(app: InProject) -> Response:
    """Return how many archives a project may keep, and how many it has."""
    return JsonAnswer(app.archive_quota())


@router.put("/{project}/archives", dependencies=[Depends(json_only)])
def set_archive_quota(app: InProject, sent: AskedQuota) -> Response:
    """Set how many archives a project may keep; those that it has stay."""
    return JsonAnswer(app.set_archive_quota(sent.count, sent.bytes))


@router.delete("/{project}/archives")
def reset_archive_quota(app: InProject) -> Response:
    """Let a project keep as many archives as others."""
    return JsonAnswer(app.reset_archive_quota())


@router.put("/{project}/approvals", dependencies=[Depends(json_only)])
def set_approval_rules(app: InProject, sent: AskedRules) -> Response:
    """Set the rules of a project about approvals of plans."""
    return JsonAnswer(app.set_approval_rules(ApprovalRules(**sent.model_dump())))
