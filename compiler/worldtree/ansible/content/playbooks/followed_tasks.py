"""Follows a list of tasks into the files that they include or import by a known name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from worldtree.ansible.content.roles.role_task import INCLUDES, RoleTask, iter_tasks
from worldtree.ansible.content.yaml_files import UnreadableYamlError, parse_yaml, read_text

#: A file, None for tasks that are given, and its tasks.
Found = tuple[Path | None, tuple[RoleTask, ...]]


def followed_tasks(
    tasks: Any, places: tuple[Path, ...], seen: set[Path], words: re.Pattern[str] | None = None
) -> Iterator[Found]:
    """Yield the tasks without a file, then those of each file that they lead to, with its path.

    Names count from each of ``places``, and from the directory of the file that has them. Files in
    ``seen`` are left out, and added to it; so are those that cannot be read, which is reported
    where they are checked. With ``words``, files without any of them are not parsed: they have to
    include the names of the actions that lead to further files.
    """
    yield from _followed([(None, tasks)], places, seen, words)


def followed_files(
    files: Iterable[Path],
    places: tuple[Path, ...],
    seen: set[Path],
    words: re.Pattern[str] | None = None,
) -> Iterator[Found]:
    """Yield the tasks of ``files`` and of each file that they lead to; as ``followed_tasks``."""
    yield from _followed([*_read(files, seen, words)], places, seen, words)


def _followed(
    todo: list[tuple[Path | None, Any]],
    places: tuple[Path, ...],
    seen: set[Path],
    words: re.Pattern[str] | None,
) -> Iterator[Found]:
    # The list grows by what its files include.
    for file, data in todo:
        found = tuple(iter_tasks(data, ""))
        yield file, found
        around = places if file is None else tuple(dict.fromkeys((file.parent, *places)))
        named = (task.included_file for task in found if task.action in INCLUDES)
        paths = (Path(os.path.normpath(place / name)) for name in named if name for place in around)
        todo += _read(paths, seen, words)


def _read(
    files: Iterable[Path], seen: set[Path], words: re.Pattern[str] | None
) -> Iterator[tuple[Path, Any]]:
    for file in files:
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        try:
            text = read_text(file)
            if words is None or words.search(text):
                yield file, parse_yaml(text, file)
        except UnreadableYamlError:
            continue
