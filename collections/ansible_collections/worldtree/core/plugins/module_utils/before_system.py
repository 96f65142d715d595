# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Reads and restores packages, services, users and kernel parameters."""

from __future__ import annotations

import grp
import os
import pwd

#: (Query program, its arguments, command that installs, command that removes). Packages are removed
#: and not purged: a purge could delete data that was created since.
MANAGERS = (
    (
        "dpkg-query",
        ["-W", "-f", "${db:Status-Status} ${Version}"],
        ["apt-get", "-y", "-q", "install"],
        ["apt-get", "-y", "-q", "remove"],
    ),
    ("rpm", ["-q", "--qf", "installed %{EVR}"], ["dnf", "-y", "install"], ["dnf", "-y", "remove"]),
    ("apk", ["info", "-ve"], ["apk", "add"], ["apk", "del"]),
)


def _manager(module):
    for manager in MANAGERS:
        if module.get_bin_path(manager[0]):
            return manager
    return None


def look_at_package(module, name):
    """Return the version of a package, None if it is not installed."""
    manager = _manager(module)
    if manager is None:
        return {"version": None}
    bare = name.split("=")[0]
    rc, out, _err = module.run_command([manager[0], *manager[1], bare])
    words = out.split()
    if rc != 0 or not words:
        return {"version": None}
    if manager[0] == "apk":
        return {"version": words[0]}
    return {"version": words[1] if words[0] == "installed" and len(words) > 1 else None}


def restore_package(module, name, was):
    """Install or remove a package; a changed version is left, with a remark."""
    now = look_at_package(module, name)
    manager = _manager(module)
    bare = name.split("=")[0]
    if manager is None or now == was:
        return None
    if now["version"] and was["version"]:
        return "the package {0} had version {1} before and has {2} now".format(
            bare, was["version"], now["version"]
        )
    command = manager[3] if was["version"] is None else manager[2]
    rc, out, err = module.run_command(
        [*command, bare], environ_update={"DEBIAN_FRONTEND": "noninteractive"}
    )
    if rc != 0:
        module.fail_json(msg="cannot restore the package {0}: {1}".format(bare, err or out), rc=rc)
    return None


def look_at_service(module, name):
    """Return whether a service is enabled and active, in systemd's words."""
    if not module.get_bin_path("systemctl"):
        return {"enabled": "unknown", "active": "unknown"}
    found = {}
    for word in ("enabled", "active"):
        _rc, out, _err = module.run_command(["systemctl", "is-" + word, name])
        found[word] = (out.strip().splitlines() or ["not-found"])[-1]
    # Transitional states count as active, and failed counts as inactive.
    found["active"] = (
        "active" if found["active"] in ("active", "activating", "reloading") else "inactive"
    )
    return found


def restore_service(module, name, was):
    """Start or stop, enable or disable a service as it was."""
    now = look_at_service(module, name)
    if "unknown" in (was["enabled"], now["enabled"]) or now["enabled"] == "not-found":
        return None
    commands = []
    if was["enabled"] != now["enabled"]:
        if was["enabled"] in ("disabled", "not-found") and now["enabled"].startswith("enabled"):
            commands.append(["systemctl", "disable", name])
        elif was["enabled"] == "enabled":
            commands.append(["systemctl", "enable", name])
        elif was["enabled"] == "masked":
            commands.append(["systemctl", "mask", name])
    if was["active"] != now["active"]:
        commands.append(["systemctl", "start" if was["active"] == "active" else "stop", name])
    for command in commands:
        rc, out, err = module.run_command(command)
        if rc != 0:
            module.fail_json(
                msg="cannot restore the service {0}: {1}".format(name, err or out), rc=rc
            )
    return None


def look_at_user(_module, name):
    """Return the account C(name) with its groups."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return {"kind": "absent"}
    return {
        "kind": "user",
        "uid": entry.pw_uid,
        "gid": entry.pw_gid,
        "comment": entry.pw_gecos,
        "home": entry.pw_dir,
        "shell": entry.pw_shell,
        "groups": sorted(g.gr_name for g in grp.getgrall() if name in g.gr_mem),
    }


def restore_user(module, name, was):
    """Restore the account C(name); a home that was created since stays."""
    now = look_at_user(module, name)
    if now == was:
        return None
    if was["kind"] == "absent":
        command, remark = ["userdel", name], "the home {0} was not removed".format(now["home"])
        remark = remark if os.path.isdir(now["home"]) else None
    else:
        command = ["usermod" if now["kind"] == "user" else "useradd"]
        command += ["-u", str(was["uid"]), "-g", str(was["gid"]), "-c", was["comment"]]
        command += ["-d", was["home"], "-s", was["shell"], "-G", ",".join(was["groups"]), name]
        remark = None
    rc, out, err = module.run_command(command)
    if rc != 0:
        module.fail_json(msg="cannot restore the user {0}: {1}".format(name, err or out), rc=rc)
    return remark


def _proc(name):
    # In a name with a slash, dots belong to an interface: net/ipv4/conf/eth0.10/forwarding.
    return "/proc/sys/" + (name if "/" in name else name.replace(".", "/"))


def look_at_sysctl(_module, name):
    """Return the value of a kernel parameter."""
    try:
        with open(_proc(name), encoding="utf-8") as stream:
            return {"value": " ".join(stream.read().split())}
    except OSError:
        return {"value": None}


def restore_sysctl(_module, name, was):
    """Set a kernel parameter to its former value."""
    if was["value"] is None:
        return None
    try:
        with open(_proc(name), "w", encoding="utf-8") as stream:
            stream.write(was["value"])
    except OSError as problem:
        return "the kernel parameter {0} cannot be set: {1}".format(name, problem.strerror)
    return None


#: Section of a record -> (function that reads it, function that restores it).
SECTIONS = {
    "packages": (look_at_package, restore_package),
    "services": (look_at_service, restore_service),
    "users": (look_at_user, restore_user),
    "sysctl": (look_at_sysctl, restore_sysctl),
}
