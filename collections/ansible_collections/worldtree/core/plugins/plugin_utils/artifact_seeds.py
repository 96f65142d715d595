# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The control side of seed hosts: of hosts with one value of a label, the first one is the seed.

What a seed gives is in a file of the cache, with the key that it has for others. The seed's own
process holds the lock of that file while the file is sent to it; others wait for that, and for
nothing else: without a seed that works they are sent the file as usual.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

#: Seconds for which others may read a file of a seed.
SECONDS = 3600


class SeedState:
    """What the seed of a group gives of one file."""

    def __init__(self, cache, digest, seed):
        name = hashlib.sha256(f"{digest} {seed}".encode()).hexdigest()[:32]
        self._file = cache / "transfers" / f"seed-{name}.json"

    @contextlib.contextmanager
    def preparing(self):
        """Hold the lock of the seed, if no other process does."""
        self._file.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(descriptor)

    def write(self, state):
        """Say how others reach the file."""
        descriptor, name = tempfile.mkstemp(dir=self._file.parent)
        with open(descriptor, "w", encoding="utf-8") as stream:
            json.dump({**state, "until": time.time() + SECONDS}, stream)
        Path(name).replace(self._file)

    def read(self):
        """Wait while the seed gets the file; return how it is reached, None where it is not."""
        try:
            descriptor = os.open(self._lock, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            state = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        finally:
            os.close(descriptor)
        return state if state.pop("until") > time.time() else None

    @property
    def _lock(self):
        return self._file.with_suffix(".lock")


def seed_of(host, seeds, hosts):
    """Return the seed of a host among C(hosts) of a play; None where it has no group."""
    group = (seeds.get(host) or {}).get("group")
    if group is None:
        return None
    members = [name for name in hosts if (seeds.get(name) or {}).get("group") == group]
    return members[0] if len(members) > 1 else None


def new_key():
    """Return a (private, public) key for one file. Raises C(OSError)."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "key"
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(file)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except subprocess.CalledProcessError as problem:
            raise OSError(problem.stderr.decode(errors="replace").strip()) from problem
        return file.read_text(encoding="utf-8"), file.with_suffix(".pub").read_text("utf-8")
