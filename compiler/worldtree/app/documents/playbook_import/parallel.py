"""Which plays may run beside each other: those that share no host and learn nothing of others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from worldtree.ansible.content.file_digests import content_files
from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.ansible.content.roles.played_files import is_read_by_plays
from worldtree.ansible.model.yaml_writer import dump
from worldtree.app.documents.playbook_import.order import hosts_of
from worldtree.app.documents.playbook_import.role_places import RolePlaces
from worldtree.app.documents.playbook_import.text import plain
from worldtree.spec.host_patterns import HostGroups, PatternError, split_pattern
from worldtree.spec.jinja_syntax import is_template

#: Words with which a play reads values of other hosts, runs on them, or adds some.
_OTHER_HOSTS = re.compile(
    r"\b(?:hostvars|delegate_to|delegate_facts|local_action|add_host|group_by|set_stats)\b"
    r"|\bgroups\s*[\[.]|\bplay_hosts\b"
)


@dataclass(frozen=True, slots=True)
class ParallelOrder:
    """The needs of each module, and a line for each that says why."""

    needs: tuple[tuple[str, ...], ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a play touches: its hosts, None if they are not known, and why it concerns others."""

    hosts: frozenset[str] | None
    word: str


def order_beside(
    plays: Sequence[ImportedPlay],
    names: Sequence[str],
    inventory: HostGroups | None,
    places: RolePlaces,
) -> ParallelOrder:
    """Return needs with which plays that share nothing run beside each other.

    A play waits for each earlier one with which it shares a host, and, where one of both reads or
    changes other hosts, for that too. Without an inventory all plays run in their order.
    """
    reaches = [_reach(play, inventory, places) for play in plays]
    needs: list[tuple[str, ...]] = []
    reasons: list[str] = []
    for index, name in enumerate(names):
        shared = {
            names[before]: why
            for before in range(index)
            if (why := _shared(reaches[before], reaches[index]))
        }
        needs.append(tuple(shared))
        free = [other for other in names[:index] if other not in shared]
        told = [f"after `{other}`: {why}" for other, why in shared.items()]
        if free:
            told.append(f"beside {', '.join(f'`{other}`' for other in free)}: no host in common")
        if index:
            reasons.append(f"{name}: {'; '.join(told)}")
    return ParallelOrder(tuple(needs), tuple(reasons))


def _shared(first: _Reach, second: _Reach) -> str:
    """Return why the second play has to wait for the first; empty if it need not."""
    if first.hosts is None or second.hosts is None:
        return "hosts are not known here"
    if common := sorted(first.hosts & second.hosts):
        return f"both run on `{common[0]}`"
    word = first.word or second.word
    return f"`{word}` concerns other hosts" if word else ""


def _reach(play: ImportedPlay, inventory: HostGroups | None, places: RolePlaces) -> _Reach:
    texts = [dump(plain({key.name: key.value for key in play.play.keywords}))]
    texts += [text for directory in places.directories(play) for text in _texts(directory)]
    found = next((match for text in texts if (match := _OTHER_HOSTS.search(text))), None)
    return _Reach(_hosts(play, inventory), found.group().rstrip("[. ") if found else "")


def _hosts(play: ImportedPlay, inventory: HostGroups | None) -> frozenset[str] | None:
    written = ",".join(hosts_of(play))
    if inventory is None or is_template(written):
        return None
    try:
        terms = [term for part in hosts_of(play) for term in split_pattern(part)]
    except PatternError:
        return None
    if not all(inventory.knows(term.base) for term in terms if term.is_literal):
        return None
    return frozenset(inventory.select(terms))


def _texts(directory: Path) -> Iterable[str]:
    for file in content_files(directory):
        if not is_read_by_plays(file.relative):
            continue
        try:
            yield file.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # No text, so no template.
