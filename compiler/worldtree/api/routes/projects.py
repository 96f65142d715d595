"""Projects, which own clusters."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from worldtree.api.answers import JsonAnswer
from worldtree.api.authentication import Access
from worldtree.api.bodies import json_only
from worldtree.api.parameters import NO_NULL

router = APIRouter(prefix="/projects", tags=["projects"])


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
