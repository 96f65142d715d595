"""Finds the task of a team's role that makes a group while it runs."""

from __future__ import annotations

import re
from pathlib import Path

from worldtree.spec.cluster import Cluster

#: Actions that add hosts to groups.
_ACTION = re.compile(
    r"^\s*(?:-\s+)?(?:ansible\.(?:builtin|legacy)\.)?(?:add_host|group_by)\s*:", re.M
)


def find_group_maker(group: str, cluster: Cluster) -> str | None:
    """Return the task file of ``rolesPath`` that adds hosts to ``group``, as a path in there.

    A file counts that has such an action and the group's name as a word.
    """
    name = re.compile(rf"(?<![\w-]){re.escape(group)}(?![\w-])")
    for written in cluster.roles_path:
        root = cluster.path(written)
        for file in sorted([*root.glob("**/tasks/**/*.yml"), *root.glob("**/tasks/**/*.yaml")]):
            text = _text(file)
            if _ACTION.search(text) and name.search(text):
                return str(Path(written) / file.relative_to(root))
    return None


def _text(file: Path) -> str:
    """Return the text of a file; none where it cannot be read, which other checks report."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
