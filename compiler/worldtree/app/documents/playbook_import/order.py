"""Names the modules of plays, and says which ones each needs: the order of the playbooks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from worldtree.ansible.content.playbooks.model import ImportedPlay, text_list
from worldtree.app.documents.playbook_import.names import slug, unique

#: Groups of hosts that contain every host of the plays before.
_EVERY_HOST = frozenset({"all", "*"})


def hosts_of(play: ImportedPlay) -> tuple[str, ...]:
    """Return the parts of a play's `hosts`."""
    return text_list(play.play.value("hosts"))


def module_names(plays: Sequence[ImportedPlay], reserved: Sequence[str]) -> list[str]:
    """Return a name for each play: its own, or that of its playbook and hosts."""
    found: list[str] = []
    for play in plays:
        name = slug(play.play.name)
        if not name or not re.match("[a-z]", name):
            hosts = slug(" ".join(hosts_of(play)))
            name = slug(f"{play.play.file.stem} {name or hosts}") or "play"
        found.append(unique(name, [*found, *reserved]))
    return found


def task_name(play: ImportedPlay) -> str:
    """Return the name of a play's only task: what its `hosts` are called."""
    return slug(" ".join(hosts_of(play))) or "hosts"


def needs_in_order(plays: Sequence[ImportedPlay], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the modules that each play needs, so that plays run in the order of the playbooks.

    A play needs the one before it. It also needs the last play of each earlier `hosts` that no
    play between them covers, because a host that failed there is left out here too.
    """
    found: list[tuple[str, ...]] = []
    for index in range(len(plays)):
        needed: list[str] = []
        seen: set[tuple[str, ...]] = set()
        for before in range(index - 1, -1, -1):
            hosts = hosts_of(plays[before])
            if hosts in seen:
                continue
            seen.add(hosts)
            needed.append(names[before])
            if _EVERY_HOST & set(hosts):
                break
        found.append(tuple(reversed(needed)))
    return found
