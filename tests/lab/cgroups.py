"""Each host's own control groups, in every hierarchy this machine has mounted.

Without them, hosts on a machine with cgroup v1 controllers share one tree, and the systemd of
one kills in its neighbour. They are also how the lab knows what it started: whatever is in
``worldtree-lab/LAB/…`` is its own, even after the lab's own processes have crashed.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from lab.process import send, wait_until

ROOT = "worldtree-lab"

#: All labs together weigh as much as ten processes outside of groups, which weigh 1024 each; with a
#: group's usual weight all hosts of all labs would share what one busy process gets.
_SHARES = 10240


@cache
def hierarchies() -> tuple[tuple[str, Path], ...]:
    """(kind, mount point) of each hierarchy; kind is ``v2`` or the v1 mount's options."""
    found: dict[str, Path] = {}
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup2":
            found.setdefault("v2", Path(where))
        elif kind == "cgroup":
            found.setdefault(options, Path(where))
    return tuple(found.items())


def tracking() -> Path:
    """The hierarchy in which every process of a host surely is."""
    kinds = dict(hierarchies())
    for kind, where in kinds.items():
        if "name=systemd" in kind.split(","):
            return where
    return kinds["v2"]


def is_unified() -> bool:
    """Whether this machine has control groups of version 2 alone."""
    return dict(hierarchies()).keys() == {"v2"}


def _controllers(kind: str) -> set[str]:
    return set(kind.split(","))


def create(path: str) -> None:
    """Make a group in every hierarchy, ready to take processes."""
    for kind, where in hierarchies():
        group = where / ROOT / path
        group.mkdir(parents=True, exist_ok=True)
        if "cpuset" in _controllers(kind):
            _fill_cpuset(where, path)
        if "cpu" in _controllers(kind):
            (where / ROOT / "cpu.shares").write_text(str(_SHARES))


def _fill_cpuset(where: Path, path: str) -> None:
    """A cpuset group takes no process before it has cpus and memory nodes."""
    parent = where
    for part in (ROOT, *path.split("/")):
        group = parent / part
        for file in ("cpuset.cpus", "cpuset.mems"):
            if not (group / file).read_text().strip():
                (group / file).write_text((parent / file).read_text())
        (group / "cgroup.clone_children").write_text("1")
        parent = group


def enter(path: str, *, only_tracking: bool = False) -> None:
    """Move the calling process into a group."""
    pid = str(os.getpid())
    for where in [tracking()] if only_tracking else [where for _, where in hierarchies()]:
        group = where / ROOT / path
        group.mkdir(parents=True, exist_ok=True)
        (group / "cgroup.procs").write_text(pid)


def processes(path: str) -> set[int]:
    """Pids in a group and the groups below it, in any hierarchy."""
    return {
        pid
        for _, where in hierarchies()
        for group in _tree(where / ROOT / path)
        for pid in _members(group)
    }


def _members(group: Path) -> list[int]:
    try:
        return [int(pid) for pid in (group / "cgroup.procs").read_text().split()]
    except OSError:
        return []


def _tree(top: Path) -> Iterator[Path]:
    """Groups below and including ``top``, deepest first."""
    for directory, _, _ in os.walk(top, topdown=False):
        yield Path(directory)


def kill(path: str, seconds: float = 60) -> bool:
    """SIGKILL everything in a group at once, frozen or not; true when nothing is left.

    It is frozen first: else one process sees another die before it, and an sshd still reports the
    command of its session as killed, which no host without power does.
    """
    if processes(path):
        with suppress(FileNotFoundError):  # The last process has ended meanwhile.
            freeze(path)

    def gone() -> bool:
        members = processes(path)
        for pid in members:
            send(pid, signal.SIGKILL)
        if members:
            # A frozen process dies only once thawed; the signal is pending, so it runs no further.
            thaw(path)
        return not members

    return wait_until(gone, seconds)


def remove(path: str) -> None:
    """Remove a group and those below it everywhere; ones that are still busy stay."""
    for _, where in hierarchies():
        for group in _tree(where / ROOT / path):
            _remove_group(group)


def _remove_group(group: Path) -> None:
    for _ in range(50):
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            # The kernel empties a group a moment after its last process is gone.
            time.sleep(0.02)
        else:
            return


def prune(path: str) -> None:
    """Remove a group where it is empty, and the lab's root group with it."""
    for _, where in hierarchies():
        for group in (where / ROOT / path, where / ROOT):
            with suppress(OSError):
                group.rmdir()


def exists(path: str) -> bool:
    """Whether the group is there in any hierarchy."""
    return any((where / ROOT / path).is_dir() for _, where in hierarchies())


def _freezer(path: str) -> tuple[Path, str, str]:
    """(file, word that freezes, word that thaws) of this machine's freezer."""
    kinds = dict(hierarchies())
    for kind, where in kinds.items():
        if "freezer" in _controllers(kind):
            return where / ROOT / path / "freezer.state", "FROZEN", "THAWED"
    return kinds["v2"] / ROOT / path / "cgroup.freeze", "1", "0"


def freeze(path: str) -> bool:
    """Stop every process of a group where it stands; true once all have stopped."""
    file, frozen, _ = _freezer(path)

    def settled() -> bool:
        file.write_text(frozen)
        return is_frozen(path)

    return wait_until(settled, 30)


def thaw(path: str) -> None:
    """Let the processes of a group go on."""
    file, _, thawed = _freezer(path)
    with _may_be_gone():
        file.write_text(thawed)


def is_frozen(path: str) -> bool:
    """Whether the group is frozen."""
    file, frozen, _ = _freezer(path)
    with _may_be_gone():
        return file.read_text().strip() == frozen
    return False


@contextmanager
def _may_be_gone() -> Iterator[None]:
    """Ignore a group that does not exist or vanishes meanwhile, as at the end of a host."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOENT, errno.ENODEV}:
            raise
