"""Which hosts a document has: inventories, the hosts that were named, or this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.app.documents.playbook_import.order import hosts_of
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.app.documents.playbook_import.surroundings import Surroundings
from worldtree.spec.host_patterns import LOCAL_NAMES

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
    )
    return DocumentHosts()
