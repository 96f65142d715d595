"""Hosts of a play that a run groups: the play starts on more hosts and ends on those outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.ansible.content.playbooks.runtime_groups import MadeGroup
from worldtree.app.documents.playbook_import.keywords import OUTSIDE_TASK
from worldtree.app.documents.playbook_import.order import hosts_of
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.spec.jinja_syntax import is_template

_NAME = re.compile(r"[!&]?[\w.-]+\Z")


@dataclass(frozen=True, slots=True)
class RuntimeHosts:
    """What a document says instead of a group that is not known when it is compiled."""

    hosts: str | list[str]
    #: The task that ends the play on all other hosts; None where the hosts are not known at all.
    task: dict[str, Any] | None


def runtime_hosts(
    play: ImportedPlay, made: Sequence[MadeGroup], report: ImportReport
) -> RuntimeHosts | None:
    """Return the hosts of ``play`` without groups that a run makes; None if it names none."""
    keyword = play.play.get("hosts")
    parts = [part for text in hosts_of(play) for part in _parts(text)]
    ours = [part for part in parts if any(group.may_be(part.lstrip("!&")) for group in made)]
    if keyword is None or not ours:
        return None
    added = [g for g in made if g.new_hosts and any(g.may_be(p.lstrip("!&")) for p in ours)]
    if added:
        for name in dict.fromkeys(part.lstrip("!&") for part in ours):
            report.lost(
                f"hosts in `{name}`, which `add_host` adds while the playbook runs"
                if any(group.may_be(name) for group in added)
                else f"hosts in `{name}`, a group that the playbook makes while it runs",
                keyword.mark,
                why="The hosts of a step are known when the document is compiled.",
                todo="name the hosts in the inventory, or delegate from a known host: "
                "`delegate_to`",
                subject=name,
            )
        return RuntimeHosts(parts[0] if len(parts) == 1 else parts, None)
    union = [part for part in parts if part[0] not in "!&"]
    if not all(_NAME.match(part) for part in (*ours, *(union if set(ours) & set(union) else ()))):
        return None
    conditions = [_condition(part) for part in ours if part[0] in "!&"]
    kept = [part for part in parts if part not in ours]
    if set(ours) & set(union):
        groups = [part for part in union if part != "all"]
        conditions.insert(0, " or ".join(_membership(name, name in ours) for name in groups))
        kept = ["all", *(part for part in kept if part[0] in "!&")]
    names = ", ".join(f"`{part.lstrip('!&')}`" for part in ours)
    report.changed(
        f"hosts in {names}, a group that the playbook makes while it runs",
        keyword.mark,
        why="The step starts on more hosts, and ends on those outside of the group with its first"
        " task.",
        todo=_only_known_hosts(made, [part.lstrip("!&") for part in ours]),
    )
    if len(conditions) > 1:
        conditions = [f"({text})" for text in conditions]
    task = {
        "name": f"{OUTSIDE_TASK}{' '.join(part.lstrip('!&') for part in ours)}",
        "ansible.builtin.meta": "end_host",
        "when": f"not ({' and '.join(conditions)})",
        "tags": ["always"],
    }
    return RuntimeHosts(kept[0] if len(kept) == 1 else kept, task)


def _only_known_hosts(made: Sequence[MadeGroup], names: Sequence[str]) -> str:
    """Return what to see to where hosts of a group come from a variable that others may set."""
    groups = [group for group in made if any(map(group.may_be, names))]
    variables = sorted({group.collected for group in groups} - {""})
    if not variables:
        return ""
    listed = " and ".join(f"`{name}`" for name in variables)
    return f"give {listed} only hosts of the inventory, also with `-e`"


def _parts(text: str) -> list[str]:
    if is_template(text) or "[" in text or text.startswith("~"):
        return [text]
    return [part for part in re.split(r"[:,]", text) if part]


def _membership(name: str, group: bool) -> str:
    return f"'{name}' in group_names" + ("" if group else " + [inventory_hostname]")


def _condition(part: str) -> str:
    name = part[1:]
    return f"'{name}' in group_names" if part[0] == "&" else f"'{name}' not in group_names"
