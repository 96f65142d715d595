# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Lets other hosts read one file of this host over ssh, for a limited time, and nothing else.

A key is added to those of a user: it runs one command, which prints the file from an offset, and
opens no terminal, port or agent. It expires by itself, where nobody removes it, too.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import pwd
import re
import shlex
import time

from ansible_collections.worldtree.core.plugins.module_utils import artifact_keys, artifact_trust
from ansible_collections.worldtree.core.plugins.module_utils.artifact_keys import NotServed

_MARK = b"worldtree-artifact-"
_HOST_KEYS = "/etc/ssh/ssh_host_*_key.pub"
#: Name of a link that is served: the sha256 of the file, and a part of that of the key.
_LINK = re.compile(rb"[0-9a-f]{64}-[0-9a-f]{16}")
#: Seconds after which a link that was served is removed.
_OLDEST_LINK = 24 * 3600


def serve(store, digest, public_key, user, seconds):
    """Let the holder of a key read a file of the store, for C(seconds) or what is left of them.

    Return C(host_keys) of this host, and C(seconds) that are left: a key that is there already
    stays as it is for the first half of its time. Raises C(NotServed), and C(OSError).
    """
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        raise NotServed("there is no user {0}".format(user)) from None
    host_keys = _host_keys()
    if not host_keys:
        raise NotServed("there is no host key of ssh ({0})".format(_HOST_KEYS))
    kind, key = public_key.split()[:2]
    path, served = store.path(digest), None
    if account.pw_uid != os.geteuid():
        served = _served(store)
        path = _link(store, digest, served, "{0} {1}".format(kind, key))
    words = " {0} {1} ".format(kind, key).encode()
    command = _option('exec tail -c +"$SSH_ORIGINAL_COMMAND" -- {0}'.format(shlex.quote(path)))
    now, left, expired = time.time(), [], []

    def edit(lines):
        left[:], expired[:] = [seconds], [one for one in lines if (_until(one) or now) < now]
        lines = [one for one in lines if one not in expired]
        for one in lines:
            until = _until(one) if words in one and command in one else None
            if until is not None and now + seconds / 2 < until <= now + seconds:
                left[:] = [int(until - now)]
                return lines
        until = int(now + seconds)
        stamp = time.strftime("%Y%m%d%H%M%S", time.localtime(until)).encode()
        start = b'restrict,expiry-time="' + stamp + b'",command=' + command
        end = _MARK + str(until).encode() + b"\n"
        return [one for one in lines if words not in one] + [start + words + end]

    artifact_keys.change(account, edit)
    if served is not None:
        _forget(served, expired)
    return {"host_keys": host_keys, "seconds": left[0]}


def _option(text):
    """Return a value of an option of a key: in quotes, in which only quotes are special."""
    if any(ord(character) < ord(" ") for character in text):
        raise NotServed("the path of the file has characters that no key can have")
    return b'"' + os.fsencode(text).replace(b'"', b'\\"') + b'"'


def _until(line):
    """Return when a key of ours expires; None for another one."""
    word = line.split()[-1] if line.split() else b""
    until = word[len(_MARK) :] if word.startswith(_MARK) else b""
    return int(until) if until.isdigit() else None


def _served(store):
    """Return the directory of other names of files, which are not listed for others."""
    directory = os.path.join(os.path.dirname(store.directory), "served-artifacts")
    try:
        artifact_trust.check(directory)
        artifact_trust.make(directory)
        os.chmod(directory, 0o711)
        artifact_trust.check(directory)
    except artifact_trust.Untrusted as problem:
        raise NotServed(str(problem)) from None
    for name in os.listdir(directory):
        other = os.path.join(directory, name)
        with contextlib.suppress(FileNotFoundError):
            if time.time() - os.lstat(other).st_ctime > _OLDEST_LINK:
                os.unlink(other)
    return directory


def _link(store, digest, directory, key):
    """Return the other name of a file for the holder of a key."""
    token = hashlib.sha256(key.encode()).hexdigest()[:16]
    path = os.path.join(directory, "{0}-{1}".format(digest, token))
    try:
        os.link(store.path(digest), path)
    except FileExistsError:
        if not os.path.samefile(store.path(digest), path):
            os.unlink(path)
            os.link(store.path(digest), path)
    return path


def _forget(directory, expired):
    """Remove the names of files whose keys have expired."""
    for line in expired:
        for name in _LINK.findall(line):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(directory, name.decode()))


def _host_keys():
    found = []
    for path in sorted(glob.glob(_HOST_KEYS)):
        with open(path, encoding="utf-8") as stream:
            found.append(" ".join(stream.read().split()[:2]))
    return found
