"""The program of the schema before this one, from the history of the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from acceptance.workspace import ROOT
from worldtree.store.schema import HEAD

_SCHEMA = "compiler/worldtree/store/schema.py"
#: What a program needs of a tree.
_PARTS = ("compiler", "collections", "roles", "templates", "pyproject.toml")


class NoHistoryError(Exception):
    """The repository has no earlier program; says why."""


class EarlierProgram:
    """The newest commit with the schema before ``HEAD``, unpacked into a directory."""

    def __init__(self, place: Path) -> None:
        """Unpack it. Raises ``NoHistoryError`` where the history is not there."""
        self.commit = _commit()
        self._place = place
        packed = _git("archive", "--format=tar", self.commit, *_PARTS)
        with tarfile.open(fileobj=BytesIO(packed)) as archive:
            archive.extractall(place, filter="data")
        found = f'HEAD = "{int(HEAD) - 1:04}"' in (place / _SCHEMA).read_text("utf-8")
        assert found, f"{self.commit} is not the program before {HEAD}"

    def command(self, *words: str | Path) -> Sequence[str]:
        """Return the command line of ``wt`` with these words."""
        return [sys.executable, "-m", "worldtree.cli.entry", *map(str, words)]

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return what it needs in its environment, besides ``environ``."""
        here = os.environ.get("ANSIBLE_COLLECTIONS_PATH", "")
        rest = [path for path in here.split(":") if path != str(ROOT / "collections")]
        own = {
            "PYTHONPATH": str(self._place / "compiler"),
            "ANSIBLE_COLLECTIONS_PATH": ":".join([str(self._place / "collections"), *rest]),
        }
        return {**environ, **own}


def _commit() -> str:
    """Return the commit before the one that began the present schema."""
    began = _git("log", "--format=%H", f'-SHEAD = "{HEAD}"', "HEAD", "--", _SCHEMA).split()
    if not began:
        raise NoHistoryError("the history has no commit before the present schema")
    try:
        return _git("rev-parse", "--verify", "--quiet", f"{began[-1].decode()}^").decode().strip()
    except NoHistoryError as why:
        raise NoHistoryError("the history begins with the present schema") from why


def _git(*words: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", ROOT, *words], check=True, capture_output=True)
    except FileNotFoundError as why:
        raise NoHistoryError("git is not installed") from why
    except subprocess.CalledProcessError as why:
        said = why.stderr.decode(errors="replace").strip()
        raise NoHistoryError(f"git {words[0]}: {said or why.returncode}") from why
    return done.stdout
