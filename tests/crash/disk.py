"""A disk that can lose power or fill up: a file system in an image file (needs root)."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SIZE = 256 << 20
#: Commit interval of the file system: seconds until it writes data that was never synced.
_COMMIT = 600
_QUIET = 0.05
_BLOCK = 1 << 20


class DiskUnavailableError(Exception):
    """This machine cannot provide such a disk; the message says why."""


class Disk:
    """A disk in an image file, mounted at ``place``; created by ``disk``.

    Writes stay in the page cache until they are synced, as on any machine. The image file holds
    what has reached the disk, so a copy of it is the state after a power failure.
    """

    def __init__(self, directory: Path) -> None:
        self.place = directory / "disk"
        self._directory, self._number = directory, 0

    @property
    def _image(self) -> Path:
        return self._directory / f"image{self._number}"

    def make(self) -> None:
        """Make the file system and mount it. Raises ``DiskUnavailableError``."""
        if os.geteuid() != 0:
            raise DiskUnavailableError("mounting a file system needs root")
        self.place.mkdir(exist_ok=True)
        with self._image.open("wb") as file:
            file.truncate(_SIZE)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self._image))
        self._mount()

    def fail(self) -> None:
        """Cut the power and restore it; no process may be using the disk."""
        copy = self._directory / f"image{self._number + 1}"
        while True:
            before = self._counters()
            time.sleep(_QUIET)
            shutil.copyfile(self._image, copy)
            # All writes in flight have reached the image, and none was added.
            if self._counters() == before:
                break
        _run("umount", str(self.place))
        self._image.unlink()
        self._number += 1
        self._mount()

    def fill(self) -> None:
        """Fill the disk completely."""
        with (self.place / "ballast").open("ab", buffering=0) as file:
            size = _BLOCK
            while size:
                try:
                    file.write(bytes(size))
                except OSError:
                    size //= 2

    def empty(self) -> None:
        """Free the space again."""
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
        """Return the block device statistics: writes completed and in flight."""
        device = self.place.stat().st_dev
        return Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat").read_text()


@contextmanager
def disk(directory: Path) -> Iterator[Disk]:
    """Create a disk, and remove it at the end. Raises ``DiskUnavailableError``."""
    found = Disk(directory)
    try:
        found.make()
        yield found
    finally:
        found.close()


def _run(*words: str) -> None:
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise DiskUnavailableError(f"{words[0]}: {done.stderr.strip() or done.returncode}")
