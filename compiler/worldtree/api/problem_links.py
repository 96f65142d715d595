"""Next steps of errors as link relations: the address and method of the request that helps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from starlette.types import Scope

from worldtree.api.settings import API_PREFIX
from worldtree.core.next_steps import NextAction, NextStep

#: Action -> method and path; steps without one are for the command line alone.
_LINKS: Mapping[NextAction, tuple[str, str]] = {
    "cancel": ("POST", "/tasks/{target}/cancel"),
    "list-blackouts": ("GET", "/blackouts"),
    "list-channels": ("GET", "/notifications/channels"),
    "list-deliveries": ("GET", "/notifications/deliveries"),
    "list-plans": ("GET", "/plans"),
    "list-projects": ("GET", "/projects"),
    "list-schedules": ("GET", "/clusters/{target}/schedules"),
    "list-tasks": ("GET", "/tasks"),
    "list-users": ("GET", "/users"),
    "list-workers": ("GET", "/workers"),
    "request-plan": ("POST", "/plans"),
    "resume": ("POST", "/tasks/{target}/resume"),
    "retry": ("POST", "/tasks/{target}/retry"),
    "rollback": ("POST", "/tasks/{target}/rollback"),
    "show-plan": ("GET", "/plans/{target}"),
    "show-task": ("GET", "/tasks/{target}"),
    "validate": ("POST", "/validate"),
}


#: Action and option of a step -> field of the request's body.
_FIELDS: Mapping[tuple[str, str], str] = {
    ("resume", "interrupted"): "if_in_doubt",
    ("retry", "interrupted"): "if_in_doubt",
    ("retry", "node"): "nodes",
    ("retry", "host"): "hosts",
}
#: Fields that are lists.
_LISTS = ("nodes", "hosts")


def step_links(steps: Iterable[NextStep], scope: Scope) -> list[dict[str, Any]]:
    """Return next steps as requests, for the project of the request.

    A step whose target the caller has to choose has ``{task_id}`` in its place, and a field of the
    body that the caller has to choose null. Steps without a request are left out.
    """
    return [link for step in steps if (link := _link(step, scope)) is not None]


def task_links(task: Mapping[str, Any], scope: Scope, *, details: bool = False) -> dict[str, Any]:
    """Return a task's view with its next steps, and those of its problem, as requests.

    With ``details`` both also have ``next_commands``: all steps as data, for a command line.
    """
    steps = list(task["next_steps"])
    found = {**task, "next_steps": step_links(_read(steps), scope)}
    if details:
        found["next_commands"] = steps
    if problem := task["problem"]:
        steps = list(problem.get("next_steps", ()))
        shown = {**problem, "next_steps": step_links(_read(steps), scope)}
        if details:
            shown["next_commands"] = steps
        else:  # What is for a command line: its exit code, and commands in the hint.
            shown.pop("exit_code", None)
            shown["hint"] = without_commands(problem.get("hint") or "")
        found["problem"] = shown
    return found


def without_commands(hint: str) -> str:
    """Return a hint without the parts that name a command of `wt`.

    The caller may have no such command: what helps is a link, or is done on another machine. Hints
    of diagnostics stay as they are: they are about the document, wherever it is looked at.
    """
    return "; ".join(part for part in hint.split("; ") if "`wt " not in part)


def _read(steps: Iterable[Mapping[str, Any]]) -> Iterator[NextStep]:
    """Yield stored steps; those of a newer program may have more."""
    for one in steps:
        yield NextStep(one["action"], one["target"], one["purpose"], one.get("options") or {})


def _link(step: NextStep, scope: Scope) -> dict[str, Any] | None:
    place = _LINKS.get(step.action)
    fields = {name: _FIELDS.get((step.action, name)) for name in step.options}
    if place is None or None in fields.values():
        return None
    method, path = place
    target = quote(step.target, safe="") or "{task_id}"
    href, query = API_PREFIX + path.format(target=target), project_query(scope)
    if step.action == "list-tasks" and step.target:
        query += f"{'&' if query else '?'}{urlencode({'cluster': step.target})}"
    link: dict[str, Any] = {
        "rel": step.action,
        "method": method,
        "href": href + query,
        "purpose": step.purpose,
    }
    if step.options:
        link["body"] = {
            fields[name]: [value] if fields[name] in _LISTS and value is not None else value
            for name, value in step.options.items()
        }
    return link


def project_query(scope: Scope) -> str:
    """Return the query that chooses the project of a request; empty for the default one."""
    given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("project")
    return f"?{urlencode({'project': given[0]})}" if given else ""
