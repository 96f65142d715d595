"""The state of a host that roles change: files, packages, services, users; and comparing two."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

#: Runs on the host, with its Python: prints the state as JSON. ``HIDE`` is a list of texts, such as
#: the host's name, that two hosts do not share; they are left out of what is compared.
SCRIPT = r"""
import grp, hashlib, json, os, pwd, stat, subprocess, sys
hide = json.loads(HIDE)
def output(*argv):
    return subprocess.run(argv, capture_output=True, text=True).stdout.splitlines()
def owner(info):
    def name(find, number):
        try:
            return find(number)[0]
        except KeyError:
            return str(number)
    return name(pwd.getpwuid, info.st_uid) + ":" + name(grp.getgrgid, info.st_gid)
def content(path, info):
    if stat.S_ISLNK(info.st_mode):
        return "-> " + os.readlink(path)
    if not stat.S_ISREG(info.st_mode):
        return ""
    data = open(path, "rb").read()
    for text in hide:
        data = data.replace(text.encode(), b"HOST")
    return hashlib.sha256(data).hexdigest()[:16]
found = {}
for top in ("/etc", "/opt", "/usr/local", "/var/lib", "/var/spool/cron", "/home", "/root", "/srv"):
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(folder, name)
            try:
                info = os.lstat(path)
                found["file " + path] = " ".join(
                    [stat.filemode(info.st_mode), owner(info), content(path, info)])
            except OSError:
                continue
for line in output("dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev} ${Version}\\n"):
    name, _, rest = line.partition(" ")
    found["package " + name] = rest
for line in output("systemctl", "list-unit-files", "--no-legend", "--plain"):
    name, state = line.split()[:2]
    found["enabled " + name] = state
for line in output("systemctl", "list-units", "--all", "--no-legend", "--plain", "--type=service"):
    name, _, active, sub = line.split()[:4]
    if sub in ("running", "failed", "exited"):
        found["active " + name] = sub
for database in ("passwd", "group", "shadow"):
    for line in output("getent", database):
        name, _, rest = line.partition(":")
        if database == "shadow":
            rest = rest[:1] in "!*" and "locked" or "a password"
        found[database + " " + name] = rest
for line in output("sysctl", "-a", "--pattern", "^net[.]ipv[46][.](conf[.]all|ip_forward|tcp)"):
    found["sysctl " + line.partition(" = ")[0]] = line.partition(" = ")[2]
for table in ("filter", "nat"):
    rules = [one for one in output("iptables-save", "-t", table) if one[:1] in "-:"]
    found["iptables " + table] = "; ".join(one.partition(" [")[0] for one in rules)
print(json.dumps(found))
"""

#: What differs from host to host, and from minute to minute.
_VOLATILE = re.compile(
    r"^file (/etc/(machine-id|hostname|hosts|ssh/ssh_host_.*|passwd-|group-|shadow-|gshadow-"
    r"|shadow|ld\.so\.cache|\.pwd\.lock|systemd/network/.*|mtab|resolv\.conf|.*\.\d+\.\d+-\d+-\d+@.*)"
    r"|/var/lib/(apt|dpkg|systemd/(random-seed|timers|timesync|catalog)|dbus|private|logrotate"
    r"|ucf|pam|command-not-found|chrony|ntp|worldtree|misc|python|update-notifier|polkit-1)(/.*)?"
    r"|/root/\.(ansible|ssh|cache|bash_history)(/.*)?|/etc/\.git/.*)$"
    r"|^active (user@|user-runtime|session|systemd-|apt-daily|dpkg-db|e2scrub|fstrim|logrotate"
    r"|man-db)"
)


def script(hidden: list[str]) -> str:
    """Return the program that prints a host's state; ``hidden`` texts are not compared."""
    return f"HIDE = {json.dumps(json.dumps(hidden))}\n{SCRIPT}"


def difference(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, Any]:
    """Return what differs: item -> (in ``one``, in ``other``), without what is volatile."""
    return {
        key: [one.get(key), other.get(key)]
        for key in sorted({*one, *other})
        if one.get(key) != other.get(key) and not _VOLATILE.match(key)
    }
