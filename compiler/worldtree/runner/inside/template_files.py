"""The template files that an Ansible task renders, with those that they include.

Used within ansible-playbook, so imports are kept light.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

_LOOKUP = re.compile(
    r"""(?:lookup|query|q)\(\s*["'](?:ansible\.builtin\.)?template["']\s*,\s*["']([^"'{]+)["']"""
)
_INCLUDED = re.compile(r"""\{%[-+]?\s*(?:include|import|extends|from)\s+["']([^"']+)["']""")
#: Larger files are data.
_LARGEST = 2**20


def template_texts(task: Any, loader: Any) -> Iterator[str]:
    """Yield the texts of the files, as far as the task names them without a template.

    ``loader`` is Ansible's, which finds files as the action will.
    """
    written = str(task.get_ds())
    names = _LOOKUP.findall(written)
    action = str(getattr(task, "resolved_action", None) or task.action)
    if action.rpartition(".")[2] == "template" and isinstance(task.args.get("src"), str):
        names.append(task.args["src"])
    seen: set[Path] = set()
    for name in names:
        yield from _read(name, task.get_search_path(), loader, seen)


def _read(name: str, places: list[str], loader: Any, seen: set[Path]) -> Iterator[str]:
    try:
        path = Path(loader.path_dwim_relative_stack(places, "templates", name))
        if path in seen or path.stat().st_size > _LARGEST:
            return
        text = path.read_text(errors="replace")
    except (AnsibleError, OSError):
        return  # It is named by a template, or not there: the action says so.
    seen.add(path)
    yield text
    for inner in _INCLUDED.findall(text):
        yield from _read(inner, [str(path.parent), *places], loader, seen)
