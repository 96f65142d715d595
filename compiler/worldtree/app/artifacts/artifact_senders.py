"""Which nodes of a bundle may send artifacts to hosts, by the texts that their plays run."""

from __future__ import annotations

import re
from pathlib import Path

from worldtree.plan.ids import file_stem
from worldtree.plan.node import Node

#: The modules that send them.
_MODULES = ("worldtree.core.artifact", "worldtree.core.os_packages")
#: What brings in tasks of another role: they are not followed.
_OTHER_ROLES = re.compile(r"\b(include_role|import_role)\b")
_TASK_FILE = re.compile(r"\b(?:include|import)_tasks:\s*(?:\n\s+file:\s*)?([^\s#]+)")


def may_send(bundle: Path, node: Node) -> bool:
    """Whether the play of a node may use the module; true where its texts do not tell."""
    play = _text(bundle / "plays" / f"{file_stem(node.id)}.yml")
    if node.role is None:
        return _sends(play)
    # In the bundle a role has the name by which its play calls it.
    named = re.search(r"import_role:\s*\n\s+name:\s*(\S+)\s*\n\s+tasks_from:\s*\S+\s*$", play)
    role = bundle / "roles" / (named[1] if named else node.role)
    tasks = role / "tasks"
    if not tasks.is_dir():
        return True
    return _reaches(tasks, node.entry or "main", set())


def _reaches(tasks: Path, name: str, seen: set[str]) -> bool:
    """Whether a file of tasks, or one that it brings in, may use the module."""
    if name in seen:
        return False
    seen.add(name)
    file = next(
        (f for f in (tasks / name, tasks / f"{name}.yml", tasks / f"{name}.yaml") if f.is_file()),
        None,
    )
    if file is None:
        return True
    text = _text(file)
    if _sends(text) or _OTHER_ROLES.search(text):
        return True
    return any(_reaches(tasks, other.strip("\"'"), seen) for other in _TASK_FILE.findall(text))


def _sends(text: str) -> bool:
    return any(module in text for module in _MODULES)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _MODULES[0]  # What cannot be read may be anything.
