"""Next steps of errors as link relations: the address and method of the request that helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from starlette.types import Scope

from worldtree.api.settings import API_PREFIX
from worldtree.core.errors import WorldTreeError
from worldtree.core.next_steps import NextAction

#: Action -> method and path; steps without one are for the command line alone.
_LINKS: Mapping[NextAction, tuple[str, str]] = {
    "cancel": ("POST", "/tasks/{target}/cancel"),
    "list-plans": ("GET", "/plans"),
    "list-tasks": ("GET", "/tasks"),
    "request-plan": ("POST", "/plans"),
    "resume": ("POST", "/tasks/{target}/resume"),
    "retry": ("POST", "/tasks/{target}/retry"),
    "rollback": ("POST", "/tasks/{target}/rollback"),
    "show-plan": ("GET", "/plans/{target}"),
    "show-task": ("GET", "/tasks/{target}"),
    "validate": ("POST", "/validate"),
}


def step_links(error: WorldTreeError, scope: Scope) -> list[dict[str, Any]]:
    """Return the next steps of an error, for the project of the request.

    A step whose target the caller has to choose has ``{task_id}`` in its place.
    """
    query = project_query(scope)
    found = []
    for step in error.next_steps:
        if step.action not in _LINKS:
            continue
        method, path = _LINKS[step.action]
        target = quote(step.target, safe="") or "{task_id}"
        link = {
            "rel": step.action,
            "method": method,
            "href": API_PREFIX + path.format(target=target) + query,
            "purpose": step.purpose,
        }
        found.append({**link, "options": dict(step.options)} if step.options else link)
    return found


def project_query(scope: Scope) -> str:
    """Return the query that chooses the project of a request; empty for the default one."""
    given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("project")
    return f"?{urlencode({'project': given[0]})}" if given else ""
