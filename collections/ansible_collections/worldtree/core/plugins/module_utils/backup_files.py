# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Backups in a directory: C(NAME), C(NAME.sha256) as sha256sum writes it, C(NAME.json) about it.

A backup is whole when it and its digest are there. The file itself comes last, by a rename.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os

#: Suffixes of what belongs to a backup, apart from itself.
ATTACHED = (".sha256", ".json")
#: Beginning of the names of files that are still being written.
PARTIAL = ".partial-"
_BLOCK = 1024 * 1024


def digest_of(path):
    """Return the sha256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def whole_backups(directory, prefix):
    """Return the names of whole backups that begin with ``prefix``, oldest first.

    Names have the time in them, so that their order is that of time.
    """
    try:
        names = set(os.listdir(directory))
    except FileNotFoundError:
        return []
    return sorted(
        name
        for name in names
        if name.startswith(prefix)
        and not name.endswith(ATTACHED)
        and name + ".sha256" in names
        and os.path.isfile(os.path.join(directory, name))
    )


def read_digest(path):
    """Return the digest that was written beside a backup; raises OSError or ValueError."""
    with open(path + ".sha256", encoding="ascii") as file:
        words = file.read().split()
    if not words or len(words[0]) != 64 or set(words[0]) - set("0123456789abcdef"):
        raise ValueError("{0}.sha256 has no sha256".format(path))
    return words[0]


def about(path):
    """Return what is known of a backup; empty where that is not there or cannot be read."""
    try:
        with open(path + ".json", encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextlib.contextmanager
def alone(directory):
    """Keep other processes from changing the directory's backups meanwhile."""
    with open(os.path.join(directory, ".lock"), "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(path, text):
    """Write a file so that it is there whole or not at all."""
    partial = os.path.join(os.path.dirname(path), PARTIAL + os.path.basename(path))
    with open(partial, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(partial, path)


def sync(path):
    """Make sure that a file or a directory is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
