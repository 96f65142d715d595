"""Which versions of the store the copies on this machine were made from."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from pathlib import Path

from worldtree.core.private_directories import make_private_directory

#: Directory in the home of a project; it has a file per cluster, and copies that lost a conflict.
MARKS_DIRECTORY = "cluster-files"


@dataclass(frozen=True, slots=True)
class CopyMark:
    """When a copy and the store were the same."""

    #: Digest of the row then; empty without a row.
    version: str
    #: Digest of the row that was to be written next: a process may die before it notes the end.
    pending: str
    #: Digest of the copy then.
    local: str
    #: The copy itself, base64, where a conflict is merged.
    base: str | None = None

    @property
    def content(self) -> bytes | None:
        """The copy then, if it was kept."""
        return None if self.base is None else b64decode(self.base)


def mark_of(version: str, local: str, content: bytes | None = None) -> CopyMark:
    """Return the mark of a copy that is the same as the store's ``version``."""
    return CopyMark(
        version, version, local, None if content is None else b64encode(content).decode()
    )


class CopyMarks:
    """The marks of one cluster, by the name of the kind; the caller holds the cluster."""

    def __init__(self, home: Path, cluster: str) -> None:
        self.directory = home / MARKS_DIRECTORY
        self._path = self.directory / f"{cluster}.json"

    def read(self) -> dict[str, CopyMark]:
        """Return all marks; those of a damaged file are unknown. Raises ``OSError``."""
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
            return {name: CopyMark(**fields) for name, fields in data.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):
            return {}

    def set(self, name: str, mark: CopyMark | None) -> None:
        """Write a mark, or remove it. Raises ``OSError`` and ``StoreError``."""
        marks = self.read()
        if marks.get(name) == mark:
            return
        marks.pop(name, None)
        if mark is not None:
            marks[name] = mark
        make_private_directory(self.directory)
        new = self._path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({name: asdict(one) for name, one in marks.items()}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
