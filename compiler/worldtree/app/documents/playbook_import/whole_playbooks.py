"""What an import says of all plays together: once, not for each play."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from worldtree.ansible.content.playbooks.model import ImportedPlay, Item
from worldtree.ansible.content.playbooks.role_uses import named_roles
from worldtree.app.documents.playbook_import.moved_paths import MovedPaths
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.app.documents.playbook_import.role_places import RolePlaces
from worldtree.spec.jinja_syntax import is_template

#: Directories that Ansible reads beside a playbook, whatever its tasks name.
_BESIDE_PLAYBOOKS = (
    *("group_vars", "host_vars", "library", "module_utils", "action_plugins", "lookup_plugins"),
    *("filter_plugins", "test_plugins", "callback_plugins", "vars_plugins", "strategy_plugins"),
)


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


def _shown(path: Path, base: Path) -> str:
    """Return a path from the document on; as it is where that would lead far up."""
    found = os.path.relpath(path, base)
    return str(path) if found.startswith("../../..") else found


def report_missing_roles(
    plays: Sequence[ImportedPlay], places: RolePlaces, report: ImportReport
) -> None:
    """Report each role of ``plays`` that Ansible would not find, once."""
    missing: dict[str, Item] = {}
    for play in plays:
        for name, item in named_roles(play):
            if not is_template(name) and places.directory(name, play) is None:
                missing.setdefault(name, item)
    searched = ", ".join(_shown(path, places.base) for path in places.roles_paths)
    for name, item in missing.items():
        report.missing_role(
            name,
            item.mark,
            why=f"Searched {searched or 'nothing, since there is no directory of roles'}. Without "
            "it `ansible-playbook` fails, too.",
            todo="install it, as `requirements.yml` says, or name its directory: `wt import … "
            "--roles-path DIR`",
        )
