"""Creates unique secret values (canaries), and searches for them where no secret may be."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from worldtree.secrets.redact import encoded_forms

#: The program whose environment contains the secrets that the user passed.
_WT = b"worldtree.cli.entry"


def canary(name: str) -> str:
    """A value that every encoding changes: blank, quote, slash, plus, non-ASCII letter."""
    return f"c4nary-{name}-{uuid.uuid4().hex[:12]}/+ 'ü{{{{ 1 }}}}"


def write_vaulted_file(given: Path, value: str, password: str) -> None:
    """Write ``password``, and ``av.yml`` with ``key: value`` encrypted with it, into ``given``."""
    (given / "password").write_text(password)
    quoted = value.replace("'", "''")
    (given / "av.yml").write_text(f"key: !unsafe '{quoted}'\n")
    vault = Path(sys.executable).parent / "ansible-vault"
    line = [vault, "encrypt", "--vault-password-file", given / "password", given / "av.yml"]
    clean = {"PATH": os.environ["PATH"], "HOME": str(given)}
    subprocess.run(line, check=True, capture_output=True, env=clean)


def encoded_variants(values: Iterable[str]) -> list[bytes]:
    """Every encoding of every value, and of its beginning, which no quoting or escaping changes."""
    parts = {part for value in values for part in (value, value.partition("/")[0])}
    return sorted({form.encode() for part in parts for form in encoded_forms(part)})


def files_containing(
    needles: Iterable[bytes], bases: Iterable[Path], own: Callable[[Path], bool] = lambda _: False
) -> list[str]:
    """Files below ``bases`` that contain a needle, except the user's ``own``."""
    needles = tuple(needles)
    found = []
    for file in _files_below(bases):
        if file.is_file() and not file.is_symlink() and not own(file):
            try:
                text = file.read_bytes()
            except FileNotFoundError:  # A parallel run has just ended.
                continue
            if any(needle in text for needle in needles):
                found.append(str(file))
    return found


def _files_below(bases: Iterable[Path]) -> Iterator[Path]:
    # Not with `rglob`, which fails on a directory that vanishes meanwhile.
    for base in bases:
        for place, _, names in os.walk(base):
            yield from (Path(place, name) for name in names)


@dataclass
class ProcessScanner:
    """Scans arguments and environments of all processes repeatedly during a run."""

    needles: list[bytes]
    found: set[str] = field(default_factory=set)
    rounds: int = 0
    _ended: bool = False

    def __enter__(self) -> ProcessScanner:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._thread.join()

    def _run(self) -> None:
        while not self._ended:
            for place in Path("/proc").glob("[0-9]*"):
                self._look(place)
            self.rounds += 1
            time.sleep(0.02)

    def _look(self, place: Path) -> None:
        if int(place.name) == os.getpid():
            return
        try:
            arguments = (place / "cmdline").read_bytes()
            environment = (place / "environ").read_bytes()
            # Between fork and exec a child still looks like wt.
            own = _WT in arguments or _WT in (place / "cmdline").read_bytes()
        except OSError:
            return
        for name, text in (("arguments", arguments), ("environment", environment)):
            if name == "environment" and own:
                continue
            if any(needle in text for needle in self.needles):
                words = arguments.replace(b"\0", b" ")[:80].decode(errors="replace")
                self.found.add(f"{name} of {words}")
