"""promtool of the Debian package of Prometheus, unpacked below .cache: no service is installed."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_PLACE = _ROOT / ".cache" / "prometheus"
_PACKAGE = "prometheus"


def promtool() -> Path:
    """Return the program; where it cannot be had, the test says so in one line."""
    if found := shutil.which("promtool"):
        return Path(found)
    program = _PLACE / "promtool"
    _PLACE.mkdir(parents=True, exist_ok=True)
    # One download, however many workers ask for it at the same time.
    with (_PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists() and (why := _fetch(program)):
            pytest.skip(f"promtool is not installed, and cannot be had: {why}")
    return program


def run_promtool(*words: str, given: bytes | None = None, where: Path = _ROOT) -> str:
    """Run it and return what it says; its failure is the test's."""
    line = [str(promtool()), *words]
    done = subprocess.run(line, input=given, capture_output=True, check=False, cwd=where)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    return said


def _fetch(program: Path) -> str:
    """Download the package and take the program out of it; return why that failed."""
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            return f"there is no {tool}"
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        if _run(place, "apt-get", "-q", "download", _PACKAGE):
            # Perhaps there are no lists of packages yet; only root can get them.
            _run(place, "apt-get", "-q", "update")
            if why := _run(place, "apt-get", "-q", "download", _PACKAGE):
                return why
        [archive] = place.glob("*.deb")
        if why := _run(place, "dpkg-deb", "-x", str(archive), str(place / "files")):
            return why
        # Moved as a whole, so that an interrupted copy is no program.
        part = program.with_suffix(".part")
        shutil.copy2(place / "files/usr/bin/promtool", part)
        part.rename(program)
    return ""


def _run(place: Path, *line: str) -> str:
    done = subprocess.run(line, cwd=place, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["failed"])[-1]
