# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Lets other hosts read one file of this host over ssh, for a limited time, and nothing else.

A key is added to those of a user: it runs one command, which prints the file from an offset, and
opens no terminal, port or agent. It expires by itself, where nobody removes it, too.
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import time

_MARK = "worldtree-artifact-"
#: Seconds after which a link that was served is removed.
_OLDEST_LINK = 24 * 3600


class NotServed(Exception):
    """Nothing was changed: the account has no keys that can be extended."""


def serve(store, digest, public_key, user, seconds):
    """Let the holder of a key read a file of the store; return the host keys of this host.

    Raises C(NotServed), and C(OSError).
    """
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        raise NotServed("there is no user {0}".format(user)) from None
    path = store.path(digest)
    if account.pw_uid != os.geteuid():
        path = _link(store, digest, os.urandom(8).hex())
    until = time.time() + seconds
    options = 'restrict,expiry-time="{0}",command="{1}"'.format(
        time.strftime("%Y%m%d%H%M%S", time.localtime(until)),
        'exec tail -c +\\"$SSH_ORIGINAL_COMMAND\\" -- {0}'.format(path),
    )
    kind, key = public_key.split()[:2]
    line = "{0} {1} {2} {3}{4}\n".format(options, kind, key, _MARK, int(until))
    _change_keys(account, line)
    return _host_keys()


def _change_keys(account, line):
    """Add a line to the keys of an account, and remove our lines that have expired."""
    directory = os.path.join(account.pw_dir, ".ssh")
    path = os.path.join(directory, "authorized_keys")
    if os.path.islink(directory) or os.path.islink(path):
        raise NotServed("{0} is a link".format(path))
    if not os.path.isdir(directory):
        raise NotServed("{0} is not there".format(directory))
    lines = []
    with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as stream:
        lines = [one for one in stream if not _has_expired(one)]
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    new = "{0}.{1}.new".format(path, os.getpid())
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "w", encoding="utf-8") as stream:
        stream.writelines([*lines, line])
        os.fchown(stream.fileno(), account.pw_uid, account.pw_gid)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(new, path)


def _has_expired(line):
    word = line.split()[-1] if line.split() else ""
    until = word[len(_MARK) :] if word.startswith(_MARK) else ""
    return until.isdigit() and int(until) < time.time()


def _link(store, digest, token):
    """Return another name of a file, in a directory whose names are not listed for others."""
    directory = os.path.join(os.path.dirname(store.directory), "served-artifacts")
    os.makedirs(directory, mode=0o711, exist_ok=True)
    os.chmod(directory, 0o711)
    for name in os.listdir(directory):
        other = os.path.join(directory, name)
        with contextlib.suppress(FileNotFoundError):
            if time.time() - os.lstat(other).st_ctime > _OLDEST_LINK:
                os.unlink(other)
    path = os.path.join(directory, "{0}-{1}".format(digest, token))
    os.link(store.path(digest), path)
    return path


def _host_keys():
    found = []
    for path in sorted(glob.glob("/etc/ssh/ssh_host_*_key.pub")):
        with open(path, encoding="utf-8") as stream:
            found.append(" ".join(stream.read().split()[:2]))
    return found
