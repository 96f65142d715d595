"""Programs of Debian packages, unpacked below .cache: nothing is installed."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

_CACHE = Path(__file__).parents[1] / ".cache" / "debian"
_PLACES = ("usr/sbin", "usr/bin")


@dataclass(frozen=True)
class Program:
    """A program, and variables of the environment that it needs."""

    path: Path
    environment: Mapping[str, str]


def debian_program(name: str, package: str, *libraries: str) -> Program:
    """Return the program ``name``; where it cannot be had, the test says so in one line.

    ``libraries`` are the packages of libraries that it needs beside those of every system.
    """
    if found := shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin"):
        return Program(Path(found), {})
    files = _CACHE / package
    _CACHE.mkdir(parents=True, exist_ok=True)
    # One download, however many workers ask for it at the same time.
    with (_CACHE / f"{package}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not files.exists() and (why := _fetch([package, *libraries], files)):
            pytest.skip(f"{name} is not installed, and cannot be had: {why}")
    # Some packages have the same program in both places.
    program = next(files / place / name for place in _PLACES if (files / place / name).exists())
    places = sorted({str(path.parent) for path in files.rglob("*.so.*")})
    return Program(program, {"LD_LIBRARY_PATH": os.pathsep.join(places)} if places else {})


def _fetch(packages: list[str], files: Path) -> str:
    """Download the packages and unpack them into ``files``; return why that failed."""
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            return f"there is no {tool}"
    with tempfile.TemporaryDirectory(dir=_CACHE) as name:
        place = Path(name)
        place.chmod(0o755)
        if _run(place, "apt-get", "-q", "download", *packages):
            # Perhaps there are no lists of packages yet; only root can get them.
            _run(place, "apt-get", "-q", "update")
            if why := _run(place, "apt-get", "-q", "download", *packages):
                return why
        for archive in place.glob("*.deb"):
            if why := _run(place, "dpkg-deb", "-x", str(archive), str(place / "files")):
                return why
        # Moved as a whole, so that interrupted unpacking leaves no half of it.
        (place / "files").rename(files)
    return ""


def _run(place: Path, *line: str) -> str:
    done = subprocess.run(line, cwd=place, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["failed"])[-1]
