"""Leaves out directories of roles that only this machine has and that no play takes a role from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.ansible.content.playbooks.role_uses import role_uses
from worldtree.ansible.content.roles import RoleIndex
from worldtree.ansible.content.roles.role_directories import roles_below
from worldtree.ansible.content.roles.role_patterns import name_pattern
from worldtree.app.documents.playbook_import.surroundings import Surroundings
from worldtree.spec.jinja_syntax import is_template


def used_roles_paths(
    plays: Sequence[ImportedPlay], around: Surroundings, base: Path
) -> tuple[Path, ...]:
    """Return the directories of roles that a document in ``base`` names.

    One that Ansible searches without a setting, such as `~/.ansible/roles`, is among them only
    where a role of the plays, or a role that such a role names, is found in it. A name that is a
    template counts as every role that it may be.
    """
    offered = {path: list(roles_below(path)) for path in around.default_roles_paths}
    if not any(offered.values()):
        return tuple(path for path in around.roles_paths if path not in offered)
    index = RoleIndex(around.roles_paths, around.collections_paths, base=base)
    uses = {use.name for play in plays for use in role_uses(play)}
    closure = index.closure(uses)
    taken = {role.path for role in closure.roles}
    written = [use for use in uses if is_template(use)]
    patterns = [name_pattern(name) for name in written]

    def is_used(directory: Path) -> bool:
        return any(
            place in taken or any(pattern.fullmatch(name) for pattern in patterns)
            for name, place in offered[directory]
        )

    return tuple(path for path in around.roles_paths if path not in offered or is_used(path))
