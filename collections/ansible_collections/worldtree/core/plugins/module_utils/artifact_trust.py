# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Whether nobody but root and the user of this process decides on what is at a path."""

from __future__ import annotations

import os
import pwd
import stat

#: Others can write.
OTHERS = 0o022
#: Links on the way to a path; more are a loop.
_MAX_LINKS = 40


class Untrusted(Exception):
    """Somebody else could exchange what is at a path; the text says where, why, and what to do."""


def check(path):
    """Raise C(Untrusted) if somebody else can exchange C(path), or what is in it.

    Each directory on the way, links followed, has to belong to root or this user, and to be one
    in which no other can write. In one like C(/tmp) others cannot exchange what is not theirs;
    C(path) itself must not be like that. What is not there yet is not looked at.
    """
    left = _parts(os.path.join(os.getcwd(), path))
    here, links = "/", 0
    while left:
        _check_directory(here, os.lstat(here), is_on_the_way=True)
        name = left.pop()
        if name == "..":
            here = os.path.dirname(here)
            continue
        there = os.path.join(here, name)
        try:
            found = os.lstat(there)
        except FileNotFoundError:
            return
        if not stat.S_ISLNK(found.st_mode):
            here = there
            continue
        _check_owner(there, found)
        links += 1
        if links > _MAX_LINKS:
            raise Untrusted("{0} leads to itself by links".format(path))
        target = os.readlink(there)
        here = "/" if os.path.isabs(target) else here
        left += _parts(target)
    _check_directory(here, os.lstat(here), is_on_the_way=False)


def make(path):
    """Make the directory C(path), which nobody else may enter, and those above it."""
    above = os.path.dirname(path)
    if not os.path.isdir(above):
        _make_above(above)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        if not os.path.isdir(path):
            raise


def _make_above(path):
    if os.path.dirname(path) != path and not os.path.isdir(os.path.dirname(path)):
        _make_above(os.path.dirname(path))
    try:
        # Whatever the umask of this user is, which may let a group write.
        os.mkdir(path, 0o755)
    except FileExistsError:
        if not os.path.isdir(path):
            raise


def owner_name(uid):
    """Return the name of a user, or its number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _parts(path):
    """Return the parts of a path, the first one last."""
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]


def _check_owner(path, found):
    if found.st_uid not in (0, os.geteuid()):
        raise Untrusted(
            "{0} belongs to {1}, who could exchange what is in it; give it to root, or to the"
            " user that uses it".format(path, owner_name(found.st_uid))
        )


def _check_directory(path, found, is_on_the_way):
    if not stat.S_ISDIR(found.st_mode):
        raise Untrusted("{0} is no directory".format(path))
    _check_owner(path, found)
    keeps_owners = is_on_the_way and found.st_mode & stat.S_ISVTX
    if found.st_mode & OTHERS and not keeps_owners:
        raise Untrusted(
            "others can write in {0} (mode {1:04o}), and exchange what it has; run"
            " `chmod go-w {0}`".format(path, stat.S_IMODE(found.st_mode))
        )
