# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Puts files, directories and links in their place at once: others see the old or the new one."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import stat

from ansible_collections.worldtree.core.plugins.module_utils.artifact_store import (
    sync,
    write_whole,
)
from ansible_collections.worldtree.core.plugins.module_utils.unfinished_files import (
    beside,
    remove,
    sweep,
)

#: In an unpacked directory: what it was unpacked from, and how its files looked then.
MARK = ".worldtree-artifact.json"
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


class Occupied(Exception):
    """Something is in the place that this module does not replace."""


# ---- directories ---------------------------------------------------------------------------------


def is_unpacked(path, digest, strip):
    """Whether the directory was unpacked from this archive, and its files look as they did."""
    mark = _mark(path)
    if mark is None or (mark.get("sha256"), mark.get("strip")) != (digest, strip):
        return False
    return mark.get("files") == _looks(path)


def check_free(path):
    """Raise C(Occupied) if C(path) is something else than nothing, or what was unpacked."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode):
        raise Occupied("{0} is there, and is no directory".format(path))
    if _mark(path) is None and os.listdir(path):
        raise Occupied("{0} is not empty, and was not unpacked from an artifact".format(path))


def mark(directory, digest, strip):
    """Write down what C(directory) was unpacked from."""
    found = {"sha256": digest, "strip": strip, "files": _looks(directory)}
    write_whole(os.path.join(directory, MARK), json.dumps(found, sort_keys=True).encode())
    sync(directory)


def put_directory(new, path):
    """Put the directory C(new) in the place C(path); what was there is removed afterwards."""
    if os.path.lexists(path):
        try:
            _exchange(new, path)
        except OSError:
            # A file system without exchange: for a moment nothing is there.
            old = beside(path)
            os.rename(path, os.path.join(old, "old"))
            os.rename(new, path)
            new = old
    else:
        os.rename(new, path)
        new = None
    sync(os.path.dirname(path))
    if new is not None:
        remove(new)


def _mark(path):
    try:
        with open(os.path.join(path, MARK), encoding="utf-8") as stream:
            return json.load(stream)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def _looks(directory):
    """Return how files and links look, by path: their mode, size and time, or target."""
    found = {}
    for folder, folders, files in os.walk(directory):
        for name in folders + files:
            path = os.path.join(folder, name)
            info = os.lstat(path)
            relative = os.path.relpath(path, directory)
            if stat.S_ISLNK(info.st_mode):
                found[relative] = os.readlink(path)
            elif stat.S_ISREG(info.st_mode) and relative != MARK:
                found[relative] = [stat.S_IMODE(info.st_mode), info.st_size, int(info.st_mtime)]
    return found


def _exchange(one, other):
    library = ctypes.CDLL(None, use_errno=True)
    try:
        call = library.renameat2
    except AttributeError:
        raise OSError("the C library has no renameat2") from None
    one, other = os.fsencode(one), os.fsencode(other)
    if call(_AT_FDCWD, one, _AT_FDCWD, other, _RENAME_EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


# ---- files and links -----------------------------------------------------------------------------


def copy_beside(source, path, mode):
    """Copy a file to a new name beside C(path), and return that name."""
    new = os.path.join(beside(path), "new")
    shutil.copyfile(source, new)
    os.chmod(new, mode)
    sync(new)
    return new


def put_file(new, path):
    """Put the file C(new), which C(copy_beside) made, in the place C(path)."""
    os.replace(new, path)
    sync(os.path.dirname(path))
    os.rmdir(os.path.dirname(new))


def check_link(path):
    """Raise C(Occupied) if a directory is where a link shall be."""
    if os.path.isdir(path) and not os.path.islink(path):
        raise Occupied("{0} is a directory; no link takes its place".format(path))


def has_link(path, target):
    """Whether there is a link with this target."""
    return os.path.islink(path) and os.readlink(path) == target


def put_link(path, target):
    """Make C(path) a link to C(target), in the place of the link or file that is there."""
    sweep(path)
    place = beside(path)
    new = os.path.join(place, "new")
    os.symlink(target, new)
    os.replace(new, path)
    sync(os.path.dirname(path))
    os.rmdir(place)
