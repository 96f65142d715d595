"""Which hosts a document has: inventories, the hosts that were named, or this machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldtree.ansible.content.playbooks.model import ImportedPlay, Keyword
from worldtree.app.documents.playbook_import.group_templates import without_groups
from worldtree.app.documents.playbook_import.order import hosts_of
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.app.documents.playbook_import.surroundings import Surroundings
from worldtree.spec.host_patterns import LOCAL_NAMES
from worldtree.spec.host_templates import undefined_in
from worldtree.spec.jinja_syntax import is_template, template_error
from worldtree.spec.reserved import MAGIC_VARIABLES

#: The hosts of a group, or one of them, with what takes their place where there is no group.
_GROUPS = re.compile(
    r"\{\{\s*groups\[(?P<name>[^\[\]{}]+)\](?:\[(?P<number>\d+)\]|(?P<first>\s*\|\s*first))?"
    r"\s*(?P<other>\|\s*default\([^{}]*\))?\s*\}\}"
)
#: Several names without a comma and a template.
_SPACED = re.compile(r"[^,{}~\s]+(?:\s+[^,{}\s]+)+")
#: Names of this machine that a host of a document can have.
_LOCAL = frozenset(LOCAL_NAMES) - {"::1"}


@dataclass(frozen=True, slots=True)
class DocumentHosts:
    """Inventories, or hosts as a document writes them; both empty where none are known."""

    inventories: tuple[Path | str, ...] = ()
    hosts: tuple[dict[str, str], ...] = ()


def document_hosts(
    plays: Sequence[ImportedPlay], around: Surroundings, report: ImportReport
) -> DocumentHosts:
    """Return the hosts of a document for ``plays``; reports what it cannot have."""
    if around.inventories:
        return DocumentHosts(inventories=around.sources)
    if around.hosts:
        return DocumentHosts(hosts=tuple({"name": name} for name in around.hosts))
    written = dict.fromkeys(name for play in plays for name in hosts_of(play))
    if set(written) <= _LOCAL:
        local = tuple({"name": name, "connection": "local"} for name in written)
        return DocumentHosts(hosts=local)
    elsewhere = next(play for play in plays if not set(hosts_of(play)) <= _LOCAL)
    report.lost(
        "the hosts of the plays: there is no inventory",
        elsewhere.play.mark,
        why="None is given, and no `ansible.cfg` names one that exists. `wt plan` refuses a "
        "document without hosts.",
        todo="name the inventory: `wt import … -i INVENTORY`; or write `inventory:` or `hosts:` "
        "into the document",
        subject="hosts",
    )
    return DocumentHosts()


def written_hosts(play: ImportedPlay, report: ImportReport) -> Any:
    """Return the `hosts` of ``play`` as a document writes them; reports what compiling needs."""
    keyword = play.play.get("hosts")
    if keyword is None:
        return "all"
    value = keyword.value
    if isinstance(value, str) and (named := _GROUPS.fullmatch(value.strip())):
        value = _of_groups(named, keyword, report)
    elif (pattern := without_groups(value)) != value:
        report.changed(f"`hosts: {value}` is written as `{pattern}`", keyword.mark)
        value = pattern
    own = play.play.value("vars")
    variables = {**(own if isinstance(own, dict) else {}), **play.import_vars}
    for text in value if isinstance(value, list) else [value]:
        missing = undefined_in(text, variables) if _is_valid_template(text) else ""
        if missing in MAGIC_VARIABLES:
            report.lost(
                f"`hosts: {text}`, which needs `{missing}`",
                keyword.mark,
                why="The hosts of a step are known when the document is compiled, from variables "
                "of the document and `-e`.",
                todo="name the group or the hosts",
                subject=missing,
            )
        elif missing:
            report.changed(
                f"`hosts` need the variable `{missing}` when the document is compiled",
                keyword.mark,
                todo=f"give it as to `ansible-playbook`: `wt plan -e {missing}=…`, or in `vars` of "
                "the document",
                subject=missing,
            )
    if not isinstance(value, str) or not _SPACED.fullmatch(value.strip()):
        return value
    parts = [part for part in value.split() if re.search(r"\w", part)]
    report.changed(
        f"`hosts: {value}` is written with `:`",
        keyword.mark,
        why="Ansible reads names that are separated by spaces as names of several groups or hosts.",
    )
    return ":".join(parts)


def _of_groups(found: re.Match[str], keyword: Keyword, report: ImportReport) -> str:
    """Return the pattern for the hosts of `groups[…]`, which a document does not know."""
    name, number = found["name"].strip(), "0" if found["first"] else found["number"]
    quoted = re.fullmatch(r"""["']([^"']+)["']""", name)
    pattern = (quoted[1] if quoted else f"{{{{ {name} }}}}") + (f"[{number}]" if number else "")
    if found["other"]:
        report.lost(
            f"other hosts for `{pattern}` where the inventory has no such group",
            keyword.mark,
            why="The hosts of a step are known when the document is compiled. It is skipped there.",
            todo="add the group to the inventory, or name the group that it has",
        )
    else:
        report.changed(f"`hosts: {keyword.value}` is written as `{pattern}`", keyword.mark)
    return pattern


def _is_valid_template(text: object) -> bool:
    return is_template(text) and not template_error(text)[0]
