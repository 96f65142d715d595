"""Texts that name files, the files that they lead to, and where these may be."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from worldtree.ansible.content.file_digests import ContentFile, content_files
from worldtree.ansible.content.file_modes import permissions
from worldtree.ansible.content.file_references import FileReference
from worldtree.ansible.content.roles.read import is_role
from worldtree.core.errors import Mark
from worldtree.core.written_paths import exists

_LARGEST_TEXT = 1_000_000
#: A variable at the beginning of a line of a file of variables.
_KEY = re.compile(r"""(?P<quote>["']?)(?P<name>[A-Za-z_]\w*)(?P=quote)\s*:(?:\s|$)""")


@dataclass(frozen=True, slots=True)
class NamingText:
    """A text whose names are looked for."""

    file: Path
    tasks: bool
    #: Directory of the role that it is of, here and in the bundle.
    role: Path | None = None
    own: str = ""
    #: Path of the role that reads it, and so what it names; empty for any.
    reader: str = ""
    #: Variables of the file that nothing uses: the text is read without them.
    unused: frozenset[str] | None = None

    def mark(self, reference: FileReference) -> Mark:
        """Return where the text has the name."""
        return Mark(str(self.file), reference.line, reference.column)


def variables_reason(target: str) -> str:
    """Return why a bundle has no carried file at ``target``; empty where it can have one."""
    parts = target.split("/")
    if len(parts) > 1 and parts[1] in ("group_vars", "host_vars", "hosts.yml"):
        return "The bundle has its own variables and hosts at this place."
    return ""


def without_parents(path: str) -> str:
    """Return ``path`` without its parts ``..``."""
    return "/".join(part for part in path.split("/") if part != "..")


def joined(place: Path, path: str) -> Path:
    """Return ``path`` below ``place``; no link is followed."""
    return Path(os.path.normpath(place / path))


def reference_exists(source: Path, reference: FileReference) -> bool:
    """Whether there is what ``reference`` means; of the beginning of a name, its directory."""
    if not reference.is_beginning:
        return exists(source)
    return (source if reference.path.endswith("/") else source.parent).is_dir()


def is_inside(path: Path, trees: Iterable[Path]) -> bool:
    """Whether ``path``, with its links followed, is in one of ``trees``."""
    real = path.resolve()
    return any(real.is_relative_to(tree) for tree in trees)


def files_of(source: Path) -> Iterator[ContentFile]:
    """Yield a file with an empty relative path, or the files of a directory."""
    if source.is_dir():
        yield from content_files(source)
    elif source.is_file():
        yield ContentFile("", source, permissions(source.stat().st_mode))


def sibling_role(source: Path, role: Path | None) -> Path | None:
    """Return the role beside ``role`` that contains ``source``."""
    around = role.parent if role is not None else None
    if around is None or not source.is_relative_to(around) or source == around:
        return None
    other = around / source.relative_to(around).parts[0]
    return other if is_role(other) else None


def text_of(file: Path, unused: frozenset[str] | None = None) -> str:
    """Return the text of a file; nothing of one that is too large, or cannot be read.

    The lines of the variables ``unused`` are empty.
    """
    try:
        if file.stat().st_size > _LARGEST_TEXT:
            return ""
        text = file.read_bytes().decode(errors="ignore")
    except OSError:
        return ""
    return _without(text, unused) if unused else text


def _without(text: str, names: frozenset[str]) -> str:
    lines, kept = [], True
    for line in text.split("\n"):
        if (key := _KEY.match(line)) is not None:
            kept = key["name"] not in names
        lines.append(line if kept else "")
    return "\n".join(lines)
