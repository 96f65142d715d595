"""A host's file system: the shared base below, its own layer above."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from lab import base, cgroups
from lab.model import Host, Lab
from lab.process import run

#: Where systemd-resolved puts the real resolvers when /etc/resolv.conf names a local stub.
_RESOLVERS = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))

_NETWORK = """\
[Match]
Name=host0

[Network]
Address={address}/{prefix}
Gateway={gateway}
IPv6AcceptRA=no
LinkLocalAddressing=no
"""

# The controllers of version 1 are read-only in a container.
_CGROUPS_UNIT = """\
[Unit]
Description=Control groups that a container runtime can write
DefaultDependencies=no
Before=sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'for group in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$group"; done'

[Install]
WantedBy=sysinit.target
"""


def make_keys(lab: Lab) -> None:
    """Make the lab's own key pair, once."""
    lab.directory.mkdir(parents=True, exist_ok=True)
    _keygen(lab.key, f"worldtree-lab-{lab.name}")


def make_host_key(lab: Lab, host: Host) -> None:
    """Make the host's own key, once; it stays the same when the host is reset."""
    directory = lab.host_directory(host)
    directory.mkdir(parents=True, exist_ok=True)
    _keygen(directory / "ssh_host_ed25519_key", host.name)


def _keygen(path: Path, comment: str) -> None:
    if not path.exists():
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path])


def write_known_hosts(lab: Lab) -> None:
    """Write ``known_hosts`` with the hosts' real keys, known before they boot."""
    lines = []
    for host in lab.hosts:
        public = lab.host_directory(host) / "ssh_host_ed25519_key.pub"
        kind, key, *_ = public.read_text().split()
        lines.append(f"{host.address},{host.name} {kind} {key}\n")
    lab.known_hosts.write_text("".join(lines))


def discard(lab: Lab, host: Host) -> None:
    """Throw the host's own layer away: it is back to the base."""
    directory = lab.host_directory(host)
    for name in ("upper", "work", "plain"):
        shutil.rmtree(directory / name, ignore_errors=True)


def _discard_after_crash(lab: Lab, host: Host) -> None:
    """After a reboot of the machine itself, a layer that was never synced cannot be trusted."""
    note = lab.host_directory(host) / "machine-boot-id"
    now = Path("/proc/sys/kernel/random/boot_id").read_text()
    if note.exists() and note.read_text() != now:
        discard(lab, host)
    note.write_text(now)


def prepare(lab: Lab, host: Host) -> None:
    """Give a host that has no layer yet one with its name, address and keys in it."""
    directory = lab.host_directory(host)
    (directory / "root").mkdir(exist_ok=True)
    for path in lab.plain:
        plain_directory(lab, host, path).mkdir(parents=True, exist_ok=True)
    upper = directory / "upper"
    _discard_after_crash(lab, host)
    if upper.exists():
        return
    (directory / "work").mkdir(exist_ok=True)
    fresh = directory / "upper.part"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o755)
    _write(fresh, "etc/hostname", f"{host.name}\n")
    _write(fresh, "etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {host.name}\n::1 localhost\n")
    identity = hashlib.md5(f"{lab.name}/{host.name}".encode(), usedforsecurity=False).hexdigest()
    _write(fresh, "etc/machine-id", f"{identity}\n", 0o444)
    resolvers = next(path for path in _RESOLVERS if path.exists())
    _write(fresh, "etc/resolv.conf", resolvers.read_text())
    network = _NETWORK.format(
        address=host.address, prefix=lab.network.prefixlen, gateway=lab.gateway
    )
    _write(fresh, "etc/systemd/network/10-host0.network", network)
    key = directory / "ssh_host_ed25519_key"
    _write(fresh, "etc/ssh/ssh_host_ed25519_key", key.read_text(), 0o600)
    _write(fresh, "etc/ssh/ssh_host_ed25519_key.pub", key.with_suffix(".pub").read_text())
    if lab.containers and not cgroups.is_unified():
        unit = _write(fresh, "etc/systemd/system/lab-cgroups.service", _CGROUPS_UNIT)
        wanted = unit.parent / "sysinit.target.wants"
        wanted.mkdir()
        (wanted / unit.name).symlink_to(Path("..", unit.name))
    _let_in(fresh, lab.key.with_suffix(".pub").read_text())
    fresh.rename(upper)


def plain_directory(lab: Lab, host: Host, path: str) -> Path:
    """The machine's directory that stands at ``path`` inside the host."""
    return lab.host_directory(host) / "plain" / path.strip("/").replace("/", "-")


def _let_in(tree: Path, public_key: str) -> None:
    homes = {"root": (Path("root"), 0)}
    homes |= {user: (Path("home", user), uid) for user, uid in base.USERS.items()}
    for place, uid in homes.values():
        file = _write(tree, str(place / ".ssh/authorized_keys"), public_key, 0o600)
        file.parent.chmod(0o700)
        (tree / place).chmod(0o700)
        for path in (file, file.parent, tree / place):
            shutil.chown(path, uid, uid)


def _write(tree: Path, path: str, text: str, mode: int = 0o644) -> Path:
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return file


def mount(lab: Lab, host: Host) -> Path:
    """Mount the host's file system, in the mount namespace of the caller; returns its root."""
    directory = lab.host_directory(host)
    # `volatile` skips every fsync, which makes apt and etcd fast on a slow disk. It refuses the
    # next mount unless its mark is removed, which is safe while the machine itself is up.
    shutil.rmtree(directory / "work" / "work" / "incompat", ignore_errors=True)
    layers = [f"lowerdir={base.root(lab.base)}", f"upperdir={directory / 'upper'}"]
    layers += [f"workdir={directory / 'work'}", "volatile"]
    run(["mount", "-t", "overlay", "overlay", "-o", ",".join(layers), directory / "root"])
    return directory / "root"
