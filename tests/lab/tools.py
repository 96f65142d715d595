"""The system programs the lab needs; installs what is missing."""

from __future__ import annotations

import os
import shutil

from lab.errors import LabError
from lab.process import run
from lab.state_directory import locked

#: Program -> Debian package it comes from.
PROGRAMS = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "depmod": "kmod",
    "setsid": "util-linux",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "mount": "mount",
}


def missing() -> list[str]:
    """Packages of the programs that are not there yet."""
    return sorted({pkg for program, pkg in PROGRAMS.items() if shutil.which(program) is None})


def unavailable() -> str | None:
    """Why this machine cannot have a lab, in one line, or None; may install packages."""
    if os.geteuid() != 0:
        return "not root"
    if run(["unshare", "--mount", "true"], check=False).returncode != 0:
        return "this machine does not let root make mount namespaces"
    try:
        ensure()
    except LabError as error:
        return str(error).splitlines()[0]
    return None


def ensure() -> None:
    """Install what is missing; raises LabError where that is not possible."""
    if os.geteuid() != 0:
        raise LabError("The lab needs root: it mounts, makes bridges and boots containers.")
    if not missing():
        return
    with locked("tools"):
        packages = missing()
        if not packages:
            return
        if shutil.which("apt-get") is None:
            raise LabError(f"Install {', '.join(packages)}: there is no apt-get here to do it.")
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "-q", "update"], env=env)
        run(["apt-get", "-qy", "install", "--no-install-recommends", *packages], env=env)
        if left := missing():
            raise LabError(f"These packages were installed but bring no program: {left}.")
