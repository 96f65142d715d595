"""Reads ``--hosts``: names, Ansible's host patterns and selectors by labels, as in a document."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from worldtree.compile.selection import Selection
from worldtree.core.errors import DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.core.text import and_more
from worldtree.spec.cluster import Cluster
from worldtree.spec.selectors import SelectorError, is_by_labels, pattern_terms

#: Hosts that a message names.
_MAX_HOSTS = 10


def with_host_names(
    selection: Selection, cluster: Cluster, working: Collection[str], bag: DiagnosticBag
) -> Selection:
    """Return ``selection`` with the names of hosts in place of patterns.

    ``working`` are the hosts that have work; those without are dropped from what a pattern means.
    Several patterns are one, as in Ansible: the union of those without a sign, then ``&`` and
    ``!``. A part that names nothing is an error in ``bag``.
    """
    idle = [one for one in selection.hosts if one in cluster.hosts_by_name and one not in working]
    for name in idle:
        there = f"; hosts: {and_more(list(working), _MAX_HOSTS)}" if working else ""
        bag.error(
            "selection-matches-nothing",
            f"--hosts {name}: no node runs on `{name}`{there}",
            hint="`wt plan` lists the hosts of every node",
        )
    if idle:
        return replace(selection, hosts=())
    if all(text in working for text in selection.hosts):
        return selection
    are_known = [_is_known(text, cluster, working, bag) for text in selection.hosts]
    if not all(are_known):
        return replace(selection, hosts=())
    # localhost, which need not be listed, is in no group.
    alone = [text for text in selection.hosts if text not in cluster.hosts_by_name]
    unlisted = [text for text in alone if text in working]
    listed = tuple(text for text in selection.hosts if text not in unlisted)
    found = [*unlisted, *(cluster.select(listed) if listed else ())]
    names = tuple(name for name in found if name in working)
    if not names:
        what = "matches no host" if not found else "matches no host with work"
        said = " ".join(f"--hosts '{text}'" for text in selection.hosts)
        bag.error(
            "selection-matches-nothing",
            f"{said} {what}; hosts: {and_more(list(working), _MAX_HOSTS)}",
            hint="`wt plan` lists the hosts of every node",
        )
    return replace(selection, hosts=names)


def _is_known(text: str, cluster: Cluster, working: Collection[str], bag: DiagnosticBag) -> bool:
    """Whether every part of a pattern names something; reports those that do not."""
    if text in working or text in cluster.hosts_by_name:
        return True
    try:
        if is_by_labels(text):
            cluster.select(text)
            return True
        terms = pattern_terms(text)
        cluster.select(text)
    except SelectorError as error:
        bag.error("bad-selector", f"--hosts {text}: {error}", hint=error.hint)
        return False
    inventory = cluster.index.inventory
    lost = [one.base for one in terms if one.is_literal and not inventory.knows(one.base)]
    known = [*working, *cluster.groups]
    for name in lost:
        kind = "host" if name == text else "host or group"
        bag.error(
            "selection-matches-nothing",
            f"--hosts {text}: there is no {kind} `{name}`; hosts: "
            f"{and_more(list(working), _MAX_HOSTS)}",
            hint=did_you_mean(name, known, "`wt plan` lists the hosts of every node"),
        )
    return not lost
