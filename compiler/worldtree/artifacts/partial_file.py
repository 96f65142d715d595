"""A file that is not whole yet: its bytes so far, and the source that they are from.

A download continues only where the sha256 of the whole is known, and the same source still has the
same version of the file, which its validator (an ETag, or the time of the last change) says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from worldtree.core.private_directories import make_private_directory


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """How much of a file is there, and what it is part of."""

    #: Bytes that are there; 0 is the beginning.
    offset: int = 0
    #: As shown, and what the source called the version of the file.
    location: str = ""
    validator: str = ""


class PartialFile:
    """The file at ``path``; its user holds its lock. Methods raise ``OSError``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record = path.with_name(path.name + ".json")

    def size(self) -> int:
        """Return how many bytes are there, whatever they are of."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def resume_point(self, location: str) -> ResumePoint:
        """Return where a download from ``location`` can go on: 0 for bytes of another source."""
        try:
            size = self.path.stat().st_size
            data = json.loads(self._record.read_text(encoding="utf-8"))
            point = ResumePoint(size, str(data["location"]), str(data["validator"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return ResumePoint()
        is_same = point.location == location and bool(point.validator)
        return point if is_same else ResumePoint()

    @contextmanager
    def writing(self, point: ResumePoint) -> Iterator[BinaryIO]:
        """Give the open file, cut to ``point.offset`` and standing there; record its source.

        The record is written first: bytes without their record are never continued.
        """
        make_private_directory(self.path.parent)
        if point.offset == 0:
            self._record.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            # A process may have ended between making it read-only and giving it its name.
            self.path.chmod(0o600)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self.path, flags, 0o600)
        with os.fdopen(descriptor, "r+b") as stream:
            stream.truncate(point.offset)
            fresh = self._record.with_name(self._record.name + ".new")
            fresh.write_text(json.dumps(asdict(point)), encoding="utf-8")
            fresh.replace(self._record)
            stream.seek(point.offset)
            yield stream

    def discard(self) -> None:
        """Delete the bytes and the record."""
        self.path.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)
        self._record.with_name(self._record.name + ".new").unlink(missing_ok=True)
