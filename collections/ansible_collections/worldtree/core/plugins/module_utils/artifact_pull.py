# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Brings a file to this host from a mirror, or over ssh from a seed host which has it already.

What arrives is appended to the part of the file; its sha256 is checked by the caller.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import tempfile
import urllib.error
import urllib.request

#: Seconds without an answer, or without a byte, after which a source is left.
_TIMEOUT = 30
_BLOCK = 1 << 20
_PARTIAL_CONTENT, _NO_SUCH_RANGE = 206, 416
#: Name of the seed in the file of its host keys, whatever its address is.
_ALIAS = "worldtree-seed"


class NotPulled(Exception):
    """The source did not give the file."""


def mirror_url(mirror, digest):
    """Return where a mirror has a file: it has the layout of the artifact cache."""
    return "{0}/sha256/{1}/{2}".format(mirror.rstrip("/"), digest[:2], digest)


def from_mirror(url, part, size):
    """Append what is missing of a file; return the bytes that came. Raises C(NotPulled).

    A part that has no rest, as it is as long as the file or longer, begins anew.
    """
    have = _length(part)
    try:
        try:
            return _get(url, part, have, size)
        except urllib.error.HTTPError as problem:
            if not have or problem.code != _NO_SUCH_RANGE:
                raise
            return _get(url, part, 0, size)
    except (http.client.HTTPException, urllib.error.URLError, TimeoutError) as problem:
        raise NotPulled("{0}: {1}".format(url, getattr(problem, "reason", problem))) from problem


def _get(url, part, have, size):
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    # Proxies of the host's environment are not used: a document means the same on every host.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=_TIMEOUT) as answer:
        if have and answer.status != _PARTIAL_CONTENT:
            have = 0
        return _append(answer, part, have, size)


def _append(answer, part, have, size):
    came, announced = 0, answer.length
    with open(part, "r+b" if have else "wb") as target:
        target.seek(have)
        target.truncate()
        while True:
            block = _block(answer)
            if not block:
                if announced is not None and came < announced:
                    raise NotPulled("the mirror has ended the connection before the end")
                return came
            came += len(block)
            if size is not None and have + came > size:
                raise NotPulled("the file of the mirror is larger than it should be")
            target.write(block)


def _block(answer):
    try:
        return answer.read(_BLOCK)
    except OSError as problem:  # A connection that was reset; errors of the disk are others.
        words = problem.strerror or problem
        raise NotPulled("the mirror has ended the connection: {0}".format(words)) from problem


def from_seed(seed, private_key, part):
    """Append what is missing of a file; return the bytes that came. Raises C(NotPulled).

    C(seed) has C(address), C(port), C(user) and the C(host_keys) of a seed, which gives the holder
    of the key that one file and nothing else (see C(artifact_serve)).
    """
    have = _length(part)
    with tempfile.TemporaryDirectory() as place:
        key, known = os.path.join(place, "key"), os.path.join(place, "known_hosts")
        _write_private(key, private_key)
        _write_private(known, "".join("{0} {1}\n".format(_ALIAS, k) for k in seed["host_keys"]))
        command = ["ssh", "-F", "/dev/null", "-i", key, "-p", str(seed["port"])]
        for option in (
            "BatchMode=yes",
            "IdentitiesOnly=yes",
            "StrictHostKeyChecking=yes",
            "UserKnownHostsFile=" + known,
            "GlobalKnownHostsFile=/dev/null",
            "HostKeyAlias=" + _ALIAS,
            "ConnectTimeout=10",
            "ServerAliveInterval=10",
            "LogLevel=ERROR",
        ):
            command += ["-o", option]
        command += ["--", "{0}@{1}".format(seed["user"], seed["address"]), str(have + 1)]
        with open(part, "ab") as target:
            try:
                done = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=target,
                    stderr=subprocess.PIPE,
                    check=False,
                )
            except OSError as problem:
                raise NotPulled("ssh: {0}".format(problem.strerror)) from problem
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise NotPulled("{0}: {1}".format(seed["address"], said[-1] if said else "no file"))
    return _length(part) - have


def _length(part):
    with contextlib.suppress(FileNotFoundError):
        return os.lstat(part).st_size
    return 0


def _write_private(path, text):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
