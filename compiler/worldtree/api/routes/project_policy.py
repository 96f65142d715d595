"""The policy of a project: what its documents may do on the machine of the service."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from worldtree.api.answers import JsonAnswer
from worldtree.api.authentication import authorized, principal
from worldtree.api.bodies import json_only
from worldtree.api.etags import etag, read_if_match
from worldtree.api.parameters import IfMatch, Name
from worldtree.app.authorized.application import AuthorizedApplication
from worldtree.app.documents.project_policies import ProjectPolicy
from worldtree.auth.principal import Principal

router = APIRouter(prefix="/projects/{name}/policy", tags=["projects"])


def named_project(
    request: Request, who: Annotated[Principal, Depends(principal)], name: Name
) -> AuthorizedApplication:
    """Return what the caller can ask for in the project of the path."""
    return authorized(request, who, name)


InProject = Annotated[AuthorizedApplication, Depends(named_project)]


@router.get("")
def get_policy(app: InProject) -> Response:
    """Return the project's policy (null without one), what is in effect, and what is the most."""
    return _answer(app.project_policy())


@router.put("", dependencies=[Depends(json_only)])
def put_policy(app: InProject, sent: ProjectPolicy, if_match: IfMatch = None) -> Response:
    """Set the policy. `If-Match` has the ETag of the one that it replaces, none for the first."""
    return _answer(app.set_project_policy(sent, read_if_match(if_match)))


@router.delete("")
def delete_policy(app: InProject, if_match: IfMatch = None) -> Response:
    """Remove the policy: that of the service is in effect again."""
    return _answer(app.set_project_policy(None, read_if_match(if_match)))


def _answer(found: dict[str, Any]) -> Response:
    # No 304 for it: what is in effect changes with the settings of the service, too.
    headers = {"ETag": etag(found.pop("digest"))}
    return JsonAnswer(found, headers=headers)
