"""Checks for the list of all hosts of a play, which lacks those that failed in an earlier step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic.alias_generators import to_camel

from worldtree.ansible.content.roles import RoleInfo
from worldtree.compile.role_checks.context import CheckContext, called_role, path_in_step
from worldtree.compile.role_checks.earlier_steps import EarlierSteps
from worldtree.compile.template_variables import words
from worldtree.core.errors import Diagnostic, DocPath, Severity
from worldtree.plan.ids import without_pipeline
from worldtree.plan.node import Node
from worldtree.spec.secret_references import walk_texts

_NAME = "ansible_play_hosts_all"


def check_all_play_hosts(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield a warning for each step that reads the list after another step on the same hosts.

    What a role's own files read is reported once, at the first such step that calls it.
    """
    earlier = EarlierSteps(context.graph)
    #: Path of a role -> where its files read the list.
    places: dict[str, str] = {}
    reported: set[str] = set()
    for node in context.graph.nodes.values():
        if node.source is None or node.component is not None:
            continue
        paths = list(_document_paths(context, node))
        role = called_role(node, context.roles)
        found = []
        for member in () if role is None else context.closure(role).roles:
            key = str(member.path)
            if key not in places:
                places[key] = _place(context, member)
            if places[key] and key not in reported:
                found.append(key)
        before = earlier.on_hosts_of(node) if paths or found else None
        if before is not None:
            reported.update(found)
            path = paths[0] if paths else path_in_step(node, "role")
            yield _warning(before, path, [places[key] for key in found])


def _document_paths(context: CheckContext, node: Node) -> Iterator[DocPath | None]:
    """Yield the places in the document where the step or a template that it renders reads it."""
    parts: dict[str, object] = {
        node.kind: node.params,
        "vars": node.vars,
        "environment": node.environment,
        "when": node.when,
    }
    if node.play is not None:
        parts |= {to_camel(section): written for section, written in node.play.sections()}
        parts["roles"] = [{"vars": one.vars, "when": one.when} for one in node.play.roles]
    for key, value in parts.items():
        for keys, text in walk_texts(value):
            if _NAME in words(text):
                yield path_in_step(node, key, *keys)
    if any(_NAME in words(text) for text in context.templates(node)):
        yield path_in_step(node)


def _place(context: CheckContext, role: RoleInfo) -> str:
    """Return where a file of the role reads it, as ``file:line:column``; empty if none does."""
    if role.origin == "builtin" or not role.mentions(_NAME):
        return ""
    for file in role.played_content:
        place = context.place(Path(file.path), _NAME)
        if ":" in place:
            return place
    return ""


def _warning(before: Node, path: DocPath | None, places: list[str]) -> Diagnostic:
    read = f" Read in {', '.join(places)}." if places else ""
    return Diagnostic(
        "hosts-of-an-earlier-step",
        f"`{_NAME}` lacks the hosts that fail before this step",
        detail=f"A host that fails in `{without_pipeline(before.id)}` is not in this step's play;"
        f" in a playbook it stays in the list.{read}",
        hint="read the hosts of a group, `groups['NAME']`, for a list that failures do not change",
        severity=Severity.WARNING,
        path=path,
    )
