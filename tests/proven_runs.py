"""Records of slow runs that passed, so that the gate repeats one only when its inputs differ.

A record is a file in ``tests/proven``: digests of the inputs by version of Ansible. Only the test
itself writes it, after a run that passed; it is committed then. `make test-full` repeats all runs.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from examples import is_full
from worldtree.ansible.bundle.manifest import DIGEST_FILE

_RECORDS = Path(__file__).parent / "proven"


@dataclass(frozen=True)
class ProvenRun:
    """The record of one run, and the digest of what it depends on now."""

    name: str
    digest: str
    records: Path = _RECORDS

    def is_proven(self) -> bool:
        """Whether a run with the same inputs passed; False at full length."""
        return not is_full() and self._read().get(_core()) == self.digest

    def record(self) -> None:
        """Write that the run passed."""
        self.records.mkdir(exist_ok=True)
        place = os.open(self.records, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # The tests of the other Python, which may run now, write to the same file.
            fcntl.flock(place, fcntl.LOCK_EX)
            found = dict(sorted({**self._read(), _core(): self.digest}.items()))
            partial = self._file.with_suffix(".partial")
            partial.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
            partial.replace(self._file)
        finally:
            os.close(place)

    @property
    def _file(self) -> Path:
        return self.records / f"{self.name}.json"

    def _read(self) -> dict[str, str]:
        if not self._file.exists():
            return {}
        found: dict[str, str] = json.loads(self._file.read_text(encoding="utf-8"))
        return found


def digest_of(
    base: Path, files: Iterable[Path], *packages: str, changing: Sequence[str] = ()
) -> str:
    """Return a digest of files, by their paths below ``base``, and of versions.

    Versions are those of Python, without the patch level, and of ``packages``. ``changing`` are
    texts that each run has others of, such as the path of the test's own directory.
    """
    python = ".".join(map(str, sys.version_info[:2]))
    digest = hashlib.sha256(" ".join([python, *map(version, packages)]).encode())
    for file in sorted(file for file in files if file.is_file() or file.is_symlink()):
        # A link to a directory counts by its target: what is below it is a file of its own.
        data = file.read_bytes() if file.is_file() else os.fsencode(file.readlink())
        for number, text in enumerate(changing):
            data = data.replace(os.fsencode(text), b"@%d@" % number)
        content = hashlib.sha256(data).hexdigest()
        # Git keeps no other part of a mode.
        executable = bool(file.stat().st_mode & stat.S_IXUSR)
        digest.update(f"{file.relative_to(base).as_posix()} {executable} {content}\n".encode())
    return digest.hexdigest()[:16]


def digest_of_bundle(bundle: Path, place: Path, *changing: str) -> str:
    """Return a digest of all that plain Ansible reads in an emitted bundle.

    The test's directory ``place`` and ``changing`` count as the same in each run. Left out are what
    is for people, and the list of digests: they are those of the other files, which name the place.
    """
    ignored = {bundle / name for name in (DIGEST_FILE, "README.md", "graph.svg")}
    files = (file for file in bundle.rglob("*") if file not in ignored)
    return digest_of(bundle, files, "ansible-core", changing=[str(place), *changing])


def _core() -> str:
    """Return the version of Ansible without its patch level, such as ``2.19``."""
    return ".".join(version("ansible-core").split(".")[:2])
