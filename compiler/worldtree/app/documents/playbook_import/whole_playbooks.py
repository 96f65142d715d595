"""What an import says of all plays together: once, not for each play."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from worldtree.ansible.content.playbooks.model import ImportedPlay, Item, Keyword, text_list
from worldtree.app.documents.playbook_import.keywords import TASK_LISTS
from worldtree.app.documents.playbook_import.moved_paths import MovedPaths
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.app.documents.playbook_import.role_places import RolePlaces, named_roles
from worldtree.core.text import and_more

#: Directories that Ansible reads beside a playbook, whatever its tasks name.
_BESIDE_PLAYBOOKS = (
    *("group_vars", "host_vars", "library", "module_utils", "action_plugins", "lookup_plugins"),
    *("filter_plugins", "test_plugins", "callback_plugins", "vars_plugins", "strategy_plugins"),
)
#: Tags with a meaning that does not depend on `--tags`.
_SPECIAL_TAGS = frozenset({"always", "never"})
#: Tags that a message names.
_MAX_TAGS = 5


def report_beside_playbooks(
    plays: Sequence[ImportedPlay], base: Path, report: ImportReport
) -> None:
    """Report directories that Ansible reads beside a playbook and not beside the document."""
    first = {play.directory: play for play in reversed(plays)}
    for directory in dict.fromkeys(play.directory for play in plays):
        for path in MovedPaths(directory, base).missing(_BESIDE_PLAYBOOKS):
            here = os.path.relpath(path, base)
            report.lost(
                f"`{path.name}/` beside the playbook",
                first[directory].play.mark,
                why="Ansible reads it beside the playbook of the play, here beside the document.",
                todo=f"link it: `ln -s {here} {base / path.name}`",
            )


def report_missing_roles(
    plays: Sequence[ImportedPlay], places: RolePlaces, report: ImportReport
) -> None:
    """Report each role of ``plays`` that Ansible would not find, once."""
    missing: dict[str, Item] = {}
    for play in plays:
        for name, item in named_roles(play):
            if "{{" not in name and places.directory(name, play) is None:
                missing.setdefault(name, item)
    searched = ", ".join(os.path.relpath(path, places.base) for path in places.roles_paths)
    for name, item in missing.items():
        report.missing_role(
            name,
            item.mark,
            why=f"Searched {searched or 'nothing, since there is no directory of roles'}. Without "
            "it `ansible-playbook` fails, too.",
            todo="install it, as `requirements.yml` says, or name its directory: `wt import … "
            "--roles-path DIR`",
        )


def report_inner_tags(plays: Sequence[ImportedPlay], report: ImportReport) -> None:
    """Report tags of roles and tasks, with which `ansible-playbook` selects and a document not."""
    found = [pair for play in plays for pair in _inner_tags(play)]
    named = [f"`{tag}`" for tag in dict.fromkeys(tag for _, tag in found)]
    if not named:
        return
    report.changed(
        f"tags of roles and tasks: {and_more(named, _MAX_TAGS)}",
        found[0][0].mark,
        why="They stay where they are, but `--tags` of `wt` selects whole steps: by tags of "
        "modules, tasks and steps.",
        todo="to select a play, use `--only`, or give its step the tag",
    )


def _inner_tags(play: ImportedPlay) -> Iterator[tuple[Keyword, str]]:
    """Yield the tags inside of a play that the play does not have, with where they stand."""
    own = {*play.tags, *_SPECIAL_TAGS}
    for name in ("roles", *TASK_LISTS):
        keyword = play.play.get(name)
        if keyword is not None:
            yield from ((keyword, tag) for tag in _tags(keyword.value) if tag not in own)


def _tags(entries: Any) -> Iterator[str]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield from text_list(entry.get("tags"))
            for part in ("block", "rescue", "always"):
                yield from _tags(entry.get(part))
