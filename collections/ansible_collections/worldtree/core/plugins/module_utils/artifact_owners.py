# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The owner and group of everything in a directory, whose owner may exchange files meanwhile.

Nothing is reached by a path: each name is looked at, and given away, in its open directory.
"""

from __future__ import annotations

import grp
import os
import pwd


class NoSuchOwner(Exception):
    """There is no such user or group."""


def numbers(owner, group):
    """Return (user, group) as numbers, -1 for what is not given. Raises C(NoSuchOwner)."""
    return (
        _number(owner, "user", lambda name: pwd.getpwnam(name).pw_uid),
        _number(group, "group", lambda name: grp.getgrnam(name).gr_gid),
    )


def _number(name, kind, find):
    if name in (None, ""):
        return -1
    if str(name).isdigit():
        return int(name)
    try:
        return find(name)
    except KeyError:
        raise NoSuchOwner("there is no {0} {1}".format(kind, name)) from None


def give(directory, uid, gid, is_checked=False):
    """Give a directory and all that is in it to a user and a group; return whether any differed.

    Links themselves are given, not what they lead to; the directory itself is the last. Nothing is
    changed where C(is_checked).
    """
    if uid == gid == -1:
        return False
    changed = False
    for _folder, folders, files, descriptor in os.fwalk(directory, topdown=False):
        for name in folders + files:
            found = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if _differs(found, uid, gid):
                changed = True
                if not is_checked:
                    os.chown(name, uid, gid, dir_fd=descriptor, follow_symlinks=False)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if _differs(os.fstat(descriptor), uid, gid):
            changed = True
            if not is_checked:
                os.fchown(descriptor, uid, gid)
    finally:
        os.close(descriptor)
    return changed


def _differs(found, uid, gid):
    return uid not in (-1, found.st_uid) or gid not in (-1, found.st_gid)
