"""The base root file system that all hosts are layered on: built once, cached by digest."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from lab import sources
from lab.errors import LabError
from lab.model import all_labs
from lab.process import run
from lab.state_directory import base_dir, locked

_CONTENTS = Path(__file__).with_name("base.toml")
CONTENTS = tomllib.loads(_CONTENTS.read_text())
#: User beside root -> uid.
USERS: dict[str, int] = CONTENTS["users"]

_SSHD = """\
# Many short connections at once are what tests make.
MaxStartups 200:30:400
MaxSessions 100
UseDNS no
PasswordAuthentication no
"""

_STAND_INS_UNIT = """\
[Unit]
Description=Writable stand-ins for sysctl keys of the whole machine
DefaultDependencies=no
Before=systemd-sysctl.service sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/lab-stand-ins

[Install]
WantedBy=sysinit.target
"""

_STAND_INS = """\
#!/bin/sh
for key in {keys}; do
  [ -e /proc/sys/$key ] || continue
  mkdir -p "/run/lab-sysctl/${{key%/*}}"
  cat "/proc/sys/$key" >"/run/lab-sysctl/$key"
  mount --bind "/run/lab-sysctl/$key" "/proc/sys/$key"
done
"""


def digest(suite: str) -> str:
    """Name of the base of a release that this machine would build now: of all that goes into it."""
    parts = [sources.collect(suite), *sources.apt_options(), platform.release()]
    parts += [_CONTENTS.read_text(), Path(__file__).read_text()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def root(name: str) -> Path:
    """The root file system of a base."""
    return base_dir() / name / "root"


def ensure(suite: str) -> str:
    """Build the base of a release unless it is there; returns its digest.

    Concurrent callers build it once.
    """
    name = digest(suite)
    with locked("base"):
        if not (base_dir() / name / "complete").exists():
            _build(name, suite)
            _remove_unused({lab.base for lab in all_labs()}, 24 * 3600)
    return name


def _build(name: str, suite: str) -> None:
    """Build the base under its digest; a build that was interrupted before is thrown away."""
    directory = base_dir() / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    started = time.monotonic()
    print(f"lab: building the base file system of {suite} (once) …", file=sys.stderr)
    _mmdebstrap(directory, suite)
    _settle(root(name))
    seconds = time.monotonic() - started
    (directory / "complete").write_text(f"{seconds:.1f}\n")
    print(f"lab: base built in {seconds:.0f} s", file=sys.stderr)


def remove_unused() -> None:
    """Delete all bases but the current ones; for when no lab is up."""
    with locked("base"):
        _remove_unused({lab.base for lab in all_labs()}, 0)


def _remove_unused(used: set[str], age: float) -> None:
    """Delete bases older than so many seconds that no lab uses and that are not current ones."""
    keep = {*used, *map(digest, sources.SUITES)}
    for directory in base_dir().glob("*"):
        if directory.name not in keep and time.time() - directory.stat().st_mtime > age:
            shutil.rmtree(directory, ignore_errors=True)


def _mmdebstrap(directory: Path, suite: str) -> None:
    source_file = directory / "machine.sources"
    source_file.write_text(sources.collect(suite))
    # With recommended packages, as apt in a host will want them.
    keep = "-o APT::Keep-Downloaded-Packages=true -o APT::Install-Recommends=true"
    fetch = f'chroot "$1" apt-get -qy {keep} --download-only install'
    argv: list[str | Path] = ["mmdebstrap", "--mode=root", "--variant=minbase", "--quiet"]
    argv += [f"--include={','.join(CONTENTS['installed'].split())}"]
    argv += ["--dpkgopt=force-unsafe-io", '--aptopt=Acquire::Languages "none"']
    argv += [f"--aptopt={option}" for option in sources.apt_options()]
    argv += ["--skip=cleanup/apt,check/signed-by", '--customize-hook=chroot "$1" apt-get clean']
    argv += [f"--customize-hook={fetch} {' '.join(group.split())}" for group in CONTENTS["cached"]]
    argv += [suite, directory / "root", source_file]
    with (directory / "build.log").open("w") as log:
        done = subprocess.run(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        tail = "\n".join((directory / "build.log").read_text().splitlines()[-15:])
        raise LabError(f"mmdebstrap failed; the end of {directory / 'build.log'}:\n{tail}")


def _settle(tree: Path) -> None:
    """What makes a fresh tree a host that boots fast and shares no secret with another."""
    for key in (tree / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    (tree / "etc/machine-id").write_text("")
    (tree / "etc/ssh/sshd_config.d/lab.conf").write_text(_SSHD)
    (tree / "etc/resolv.conf").unlink(missing_ok=True)
    script = tree / "usr/local/lib/lab-stand-ins"
    script.write_text(_STAND_INS.format(keys=" ".join(CONTENTS["sysctls"].split())))
    script.chmod(0o755)
    (tree / "etc/systemd/system/lab-stand-ins.service").write_text(_STAND_INS_UNIT)
    systemctl: list[str | Path] = ["systemctl", "--quiet", f"--root={tree}"]
    run([*systemctl, "enable", "systemd-networkd", "ssh", "lab-stand-ins"])
    run([*systemctl, "mask", *CONTENTS["masked"].split()])
    for user, uid in USERS.items():
        run(["chroot", tree, "useradd", "-m", "-s", "/bin/bash", "-u", str(uid), user])
    sudoers = tree / "etc/sudoers.d/deploy"
    sudoers.write_text("deploy ALL=(ALL) NOPASSWD: ALL\n")
    sudoers.chmod(0o440)
    _stand_in_modules(tree)


def _stand_in_modules(tree: Path) -> None:
    """Tell ``modprobe`` what this kernel has built in, where it ships no module directory."""
    release = platform.release()
    if Path("/lib/modules", release).exists():
        return
    directory = tree / "usr/lib/modules" / release
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "modules.order").write_text("")
    lines = [f"{path}\n" for path in CONTENTS["modules"].split()]
    (directory / "modules.builtin").write_text("".join(lines))
    run(["depmod", "-b", tree, release], env={**os.environ, "LC_ALL": "C"})
