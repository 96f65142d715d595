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
import tempfile
import time
from pathlib import Path

#: Seconds for which others may read a file of a seed.
SECONDS = 3600


class NoKey(Exception):
    """No key can be made here; the text says why."""


class SeedState:
    """What the seed of a group gives of one file."""

    def __init__(self, cache, digest, seed):
        name = hashlib.sha256(f"{digest} {seed}".encode()).hexdigest()[:32]
        self._file = cache / "transfers" / f"seed-{name}.json"

    @contextlib.contextmanager
    def preparing(self):
        """Hold the lock of the seed, if no other process does. Raises C(OSError)."""
        self._file.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(descriptor)

    def write(self, state, seconds=SECONDS):
        """Say for how long others reach the file, and how; forget what has expired."""
        for other in self._file.parent.glob("seed-*.json"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - other.stat().st_mtime > SECONDS:
                    other.unlink()
        descriptor, name = tempfile.mkstemp(dir=self._file.parent)
        with open(descriptor, "w", encoding="utf-8") as stream:
            json.dump({**state, "until": time.time() + seconds}, stream)
        Path(name).replace(self._file)

    def forget(self):
        """Say that others do not reach the file."""
        self._file.unlink(missing_ok=True)

    def read(self):
        """Wait while the seed gets the file; return how it is reached, None where it is not."""
        try:
            descriptor = os.open(self._lock, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            return self.known()
        finally:
            os.close(descriptor)

    def known(self):
        """Return how the file is reached, without waiting; None where it is not known."""
        try:
            state = json.loads(self._file.read_text(encoding="utf-8"))
            return state if state.pop("until") > time.time() else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    @property
    def _lock(self):
        return self._file.with_suffix(".lock")


class Seeding:
    """What a host that is a seed says of its files, while it gets one of them.

    Raises C(NoKey).
    """

    def __init__(self, cache, digests, seed):
        self._states = {digest: SeedState(cache, digest, seed) for digest in digests}
        # That of before, as long as the host may have it.
        self._key, self.public_key = _key_of(self._states.values())

    @contextlib.contextmanager
    def preparing(self):
        """Have the others wait. Raises C(OSError)."""
        with contextlib.ExitStack() as stack:
            for state in self._states.values():
                stack.enter_context(state.preparing())
            yield

    def tell(self, digest, served, how):
        """Say how others reach a file, C(how) and as C(served) says; that they do not without it.

        Raises C(OSError).
        """
        if served is None:
            if digest in self._states:
                self._states[digest].forget()
            return
        state = {**how, "host_keys": served["host_keys"], "key": self._key}
        self._states[digest].write(state, served["seconds"])


def seed_of(host, seeds, hosts):
    """Return the seed of a host among C(hosts) of a play; None where it has no group."""
    group = (seeds.get(host) or {}).get("group")
    if group is None:
        return None
    members = [name for name in hosts if (seeds.get(name) or {}).get("group") == group]
    return members[0] if len(members) > 1 else None


def _key_of(states):
    """Return the (private, public) key that a seed has given others already, or a new one.

    It is made here, where no program and no file is needed for it.
    """
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError as problem:
        raise NoKey(str(problem)) from problem

    key = None
    for state in states:
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            text = (state.known() or {})["key"]
            key = serialization.load_ssh_private_key(text.encode(), None)
    try:
        key = key or Ed25519PrivateKey.generate()
    except UnsupportedAlgorithm as problem:
        raise NoKey(str(problem)) from problem
    form = serialization.PrivateFormat.OpenSSH
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return private.decode(), public.decode()
