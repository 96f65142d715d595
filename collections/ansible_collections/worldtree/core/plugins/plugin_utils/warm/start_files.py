# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The files that a new Python would read. The host gets this text, too."""

from __future__ import annotations

import glob
import os
import site
import sys

#: Files that Python and its libraries read when they start.
_READ_AT_START = (
    *(
        "/etc/ld.so.cache",
        "/etc/ld.so.preload",
        "/usr/lib/locale",
        "/usr/lib/locale/locale-archive",
    ),
    *("/etc/nsswitch.conf", "/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf"),
    *("/etc/crypto-policies/config", "/etc/crypto-policies/back-ends"),
)


class StartFiles:
    """What this process has read to start, and would read now, also where there is nothing.

    C(directory) is its own, and left out; C(interpreter) is what the command starts; C(more) are
    paths of further files.
    """

    def __init__(self, directory, interpreter, more=()):
        # Not as an attribute: modules that `six` makes import others when they are asked.
        known = (getattr(one, "__dict__", {}).get("__file__") for one in list(sys.modules.values()))
        loaded = (path for path in known if isinstance(path, str))
        paths = {path for path in loaded if not path.startswith(directory)}
        paths.update((sys.executable, os.path.realpath(sys.executable), *_READ_AT_START))
        paths.update((interpreter, f"{sys.prefix}/pyvenv.cfg", *more))
        # Of files that name further directories, new ones change the directory.
        places = {site.getusersitepackages(), *site.getsitepackages(), *filter(None, sys.path)}
        for place in places:
            paths.update((place, *glob.glob(f"{glob.escape(place)}/*.pth")))
        self._paths = sorted(paths)
        self._first = stamps_of_files(self._paths)

    def have_changed(self):
        """Whether one of them is another file, or has another content, than at first."""
        return stamps_of_files(self._paths) != self._first


def stamps_of_files(paths):
    """Return what tells whether each is another file, or has another content, than before."""
    found = []
    for path in paths:
        try:
            now = os.stat(path)
        except OSError:
            found.append(None)
        else:
            found.append((now.st_dev, now.st_ino, now.st_mtime_ns, now.st_size))
    return found
