# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Packages of Debian and its relatives: what a host has, and what it gets from a set.

A set is a tar of package files with a list of them. It becomes a directory with an index, which apt
reads for this one run in place of the repositories of the host.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile

#: First member of a set.
_LIST = "packages.json"
_POLICY = "/usr/sbin/policy-rc.d"
#: Where the system says what it is; the first one is that of its administrator.
_RELEASES = ("/etc/os-release", "/usr/lib/os-release")
_PREFIX = "packages-"
#: Architecture of Debian -> that of artifacts, where that differs.
_ARCHITECTURES = {"armhf": "arm", "ppc64el": "ppc64le"}
_QUERY = "${Package}\t${Version}\t${db:Status-Want}\t${db:Status-Status}\n"
_OPTIONS = (
    "Dir::Etc::sourcelist=/dev/null",
    "Dir::Etc::sourceparts=/dev/null",
    "Dir::Etc::preferences=/dev/null",
    "Dir::Etc::preferencesparts=/dev/null",
    "Dir::Cache::pkgcache=",
    "Dir::Cache::srcpkgcache=",
    "APT::Sandbox::User=root",
    "APT::Install-Recommends=false",
    "Dpkg::Options::=--force-confdef",
    "Dpkg::Options::=--force-confold",
)
_UNMET = re.compile(r"^ (\S+ : .+|  +.+)$", re.MULTILINE)
_PROBLEM = re.compile(r"^(?:E: |dpkg: error )(.+)$", re.MULTILINE)
_MAX_LINES = 5


class NotInstalled(Exception):
    """A package is not installed; the reason is that of apt, or of the host."""


def environment():
    """Return the variables of commands: nobody is asked, and messages are those of this program."""
    return dict(
        os.environ, LC_ALL="C", DEBIAN_FRONTEND="noninteractive", DEBIAN_PRIORITY="critical"
    )


def place_of_host():
    """Return the distribution and the architecture of this host: C(debian-12/amd64)."""
    fields = {}
    for file in _RELEASES:
        with contextlib.suppress(FileNotFoundError), open(file, encoding="utf-8") as stream:
            for line in stream:
                name, _equals, value = line.strip().partition("=")
                fields.setdefault(name, value.strip("\"'"))
    architecture = _output("dpkg", "--print-architecture").strip()
    return "{0}-{1}/{2}".format(
        fields.get("ID", "unknown"),
        fields.get("VERSION_ID", "unknown"),
        _ARCHITECTURES.get(architecture, architecture),
    )


def installed(names):
    """Return name -> (version, whether it is held) of the installed ones of C(names)."""
    command = ["dpkg-query", "--show", "--showformat", _QUERY, "--", *names]
    # 1 says that it does not know one of them.
    done = subprocess.run(
        command, env=environment(), capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode not in (0, 1):
        raise NotInstalled(done.stderr.strip() or "dpkg-query failed")
    found = {}
    for line in done.stdout.splitlines():
        name, version, want, status = line.split("\t")
        if status == "installed":
            found[name] = (version, want == "hold")
    return found


def is_older(version, other):
    """Whether C(version) is older than C(other)."""
    command = ["dpkg", "--compare-versions", version, "lt", other]
    return subprocess.run(command, env=environment(), check=False).returncode == 0


@contextlib.contextmanager
def services_kept(code):
    """Let packages start no service: C(policy-rc.d) answers with C(code); None leaves it alone."""
    if code is None:
        yield
        return
    saved = None
    if os.path.lexists(_POLICY):
        saved = tempfile.mkdtemp(prefix="policy-rc.d-", dir=os.path.dirname(_POLICY))
        os.rename(_POLICY, os.path.join(saved, "file"))
    try:
        with open(_POLICY, "w", encoding="utf-8") as stream:
            stream.write("#!/bin/sh\nexit {0}\n".format(code))
        os.chmod(_POLICY, 0o755)
        yield
    finally:
        os.unlink(_POLICY)
        if saved is not None:
            os.rename(os.path.join(saved, "file"), _POLICY)
            os.rmdir(saved)


def install(file, versions, lock_timeout, policy):
    """Install packages of the set in C(file); C(versions) is name -> version.

    The set is unpacked beside it for the length of the run. Raises C(NotInstalled).
    """
    base = os.path.dirname(os.path.dirname(file))
    _sweep(base)
    work = tempfile.mkdtemp(prefix=_PREFIX, dir=base)
    try:
        index = _repository(file, work)
        command = ["apt-get", "install", "-q", "--yes", "--no-remove", "--with-source", index]
        for option in (
            *_OPTIONS,
            "DPkg::Lock::Timeout={0}".format(lock_timeout),
            "Dir::State::lists={0}/lists".format(work),
            "Dir::Cache::archives={0}/archives".format(work),
        ):
            command += ["-o", option]
        wanted = ["{0}={1}".format(name, version) for name, version in sorted(versions.items())]
        with services_kept(policy):
            done = subprocess.run(
                [*command, "--", *wanted],
                env=environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        if done.returncode:
            raise NotInstalled(_reason(done))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _repository(file, work):
    """Unpack a set into C(work), and write the index of it; return the path of the index."""
    for name in ("lists/partial", "archives/partial"):
        os.makedirs(os.path.join(work, name))
    index = os.path.join(work, "Packages")
    with tarfile.open(file) as members, open(index, "w", encoding="utf-8") as stream:
        listed = json.load(members.extractfile(_LIST))["packages"]
        for one in listed:
            # The bytes of the whole set were checked: this is the list that was locked.
            target = os.path.join(work, os.path.basename(one["file"]))
            with members.extractfile(one["file"]) as source, open(target, "wb") as copy:
                shutil.copyfileobj(source, copy)
            stream.write(_output("dpkg-deb", "--field", target).rstrip("\n") + "\n")
            stream.write(
                "Filename: {0}\nSize: {1}\nSHA256: {2}\n\n".format(
                    os.path.basename(target), one["size"], one["sha256"]
                )
            )
    return index


def _sweep(base):
    """Remove what killed runs have left; the caller excludes others."""
    for name in os.listdir(base):
        if name.startswith(_PREFIX):
            shutil.rmtree(os.path.join(base, name), ignore_errors=True)


def _output(*command):
    done = subprocess.run(
        command,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise NotInstalled(done.stderr.strip() or "{0} failed".format(command[0]))
    return done.stdout


def _reason(done):
    unmet = [" ".join(line.split()) for line in _UNMET.findall(done.stdout)]
    lines = unmet or list(dict.fromkeys(_PROBLEM.findall(done.stderr)))
    return "; ".join(lines[:_MAX_LINES]) or "apt-get ended with the code {0}".format(
        done.returncode
    )
