"""A disk of our own that can lose its power or fill up: a file system in a file (takes root)."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SIZE = 256 << 20
#: Seconds until the file system itself would bring to disk what nobody asked it to.
_COMMIT = 600
_QUIET = 0.05
_BLOCK = 1 << 20


class NoDiskError(Exception):
    """A disk cannot be had here; says why."""


class Disk:
    """A disk in the file ``image``, mounted at ``place``; made by ``disk``.

    What programs write is in the memory of its file system, as on any machine. The file holds what
    has reached the disk: a copy of it is what is found when the power comes back.
    """

    def __init__(self, directory: Path) -> None:
        self.place = directory / "disk"
        self._directory, self._number = directory, 0

    @property
    def _image(self) -> Path:
        return self._directory / f"image{self._number}"

    def make(self) -> None:
        """Make the file system and mount it. Raises ``NoDiskError``."""
        if os.geteuid() != 0:
            raise NoDiskError("mounting a file system takes root")
        self.place.mkdir(exist_ok=True)
        with self._image.open("wb") as file:
            file.truncate(_SIZE)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self._image))
        self._mount()

    def fail(self) -> None:
        """Take the power and give it back; nobody may use the disk any more."""
        copy = self._directory / f"image{self._number + 1}"
        while True:
            before = self._counters()
            time.sleep(_QUIET)
            shutil.copyfile(self._image, copy)
            # What was on its way while programs were killed has arrived, and nothing since.
            if self._counters() == before:
                break
        _run("umount", str(self.place))
        self._image.unlink()
        self._number += 1
        self._mount()

    def fill(self) -> None:
        """Leave no room."""
        with (self.place / "ballast").open("ab", buffering=0) as file:
            size = _BLOCK
            while size:
                try:
                    file.write(bytes(size))
                except OSError:
                    size //= 2

    def empty(self) -> None:
        """Make room again."""
        (self.place / "ballast").unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove everything on it."""
        for entry in self.place.iterdir():
            if entry.name != "lost+found":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def close(self) -> None:
        """Unmount and remove it."""
        subprocess.run(["umount", str(self.place)], check=False, capture_output=True)
        self._image.unlink(missing_ok=True)

    def _mount(self) -> None:
        _run("mount", "-o", f"loop,commit={_COMMIT}", str(self._image), str(self.place))

    def _counters(self) -> str:
        """Return what was written to the device so far, and what is on its way."""
        device = self.place.stat().st_dev
        return Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat").read_text()


@contextmanager
def disk(directory: Path) -> Iterator[Disk]:
    """Make a disk and remove it. Raises ``NoDiskError`` where none can be had."""
    found = Disk(directory)
    try:
        found.make()
        yield found
    finally:
        found.close()


def _run(*words: str) -> None:
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise NoDiskError(f"{words[0]}: {done.stderr.strip() or done.returncode}")
