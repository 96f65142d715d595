"""A large artifact to hosts, against rsync and ``ansible.builtin.copy``: hosts of the lab (root).

``WORLDTREE_BENCH_DISTRIBUTION_MIB`` is its size (default 1024), and
``WORLDTREE_BENCH_DISTRIBUTION_HOSTS`` the number of hosts (default 3). The ways follow one another
in one run, each to all hosts at once; before each, the hosts lose the file, and the disk gets what
is still to be written.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from bench.figures import Figure, table
from bench.measure import PROGRAMS
from lab import labs, tools
from lab.handle import LabHandle
from worldtree.core.resources import core_collection_dir

_LAB = "distribution"
_STORE = "/var/cache/worldtree/artifacts"
_DEST = "/srv/large"
#: Of the fastest other way, which stands for the limit of the machine.
BOUND = 1.2


def measure(directory: Path) -> list[Figure]:
    """Return the figures of a first and of a second distribution; none without a lab."""
    if tools.unavailable() is not None:
        return []
    size = int(os.environ.get("WORLDTREE_BENCH_DISTRIBUTION_MIB", "1024")) << 20
    count = int(os.environ.get("WORLDTREE_BENCH_DISTRIBUTION_HOSTS", "3"))
    file = directory / "large"
    with file.open("wb") as stream:
        for _ in range(size >> 20):
            stream.write(os.urandom(1 << 20))
    digest = file_digest(file)
    with _hosts(count) as lab:
        _prepare(directory, lab, file, digest)
        ways: dict[str, Callable[[], None]] = {
            "ssh, `cat` at the other end": lambda: _together(_pipes(lab, file)),
            "`rsync --whole-file`": lambda: _together(_rsyncs(lab, file)),
            "`worldtree.core.artifact`": lambda: _play(directory, "artifact"),
            "`ansible.builtin.copy`": lambda: _play(directory, "copy"),
        }
        if which("rsync") is None:
            del ways["`rsync --whole-file`"]
        seconds = {}
        for name, run in ways.items():
            _forget(lab)
            seconds[name] = _timed(run)
            if name.startswith("`worldtree"):
                again = _timed(lambda: _play(directory, "artifact"))
                sent = _sent(directory)
    limit = min(value for name, value in seconds.items() if "worldtree" not in name)
    ours = seconds["`worldtree.core.artifact`"]
    copy = seconds["`ansible.builtin.copy`"]
    # Ansible itself takes seconds to start and to ask the hosts, however large the file is.
    moved = ours - again
    rows = [[name, f"{value:.1f}", f"{value / limit:.2f}"] for name, value in seconds.items()]
    rows.append(["`worldtree.core.artifact`, again", f"{again:.1f}", f"{again / limit:.2f}"])
    what = f"{size >> 20} MiB to {count} hosts"
    return [
        Figure(
            f"{what}: the bytes by the module `artifact` against the fastest other way",
            f"× {moved / limit:.2f}",
            f"≤ × {BOUND:.2f}",
            moved / limit <= BOUND,
            [
                f"{what} of the lab, at once, bytes that do not compress. `ansible.builtin.copy`"
                f" takes × {copy / ours:.1f} of the module's time. The hosts are on the machine"
                " that sends, whose processor is the limit: it does both ends of ssh, and hashes."
                " The time for the bytes is that of the first run less that of the second one, in"
                " which Ansible starts and asks the hosts, too.",
                "",
                *table(["way", "seconds", "of the fastest"], rows),
            ],
        ),
        Figure(f"{what}: bytes that a second run sends", f"{sent}", "0", sent == 0, []),
    ]


def file_digest(file: Path) -> str:
    """Return the sha256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _hosts(count: int) -> Iterator[LabHandle]:
    labs.down(_LAB)
    try:
        yield LabHandle(labs.up(_LAB, labs.numbered(count)))
    finally:
        labs.down(_LAB)


def _prepare(directory: Path, lab: LabHandle, file: Path, digest: str) -> None:
    """Write the inventory, the plays and the cache."""
    for host in lab.hosts:
        host.ssh("apt-get install -y -q rsync")
    cached = directory / "cache" / "sha256" / digest[:2] / digest
    cached.parent.mkdir(parents=True)
    os.link(file, cached)
    listed = {"large": {"1": {"any": {"sha256": digest, "size": file.stat().st_size}}}}
    inventory = {"all": {**lab.ansible_inventory()["all"]}}
    inventory["all"]["vars"] = {
        **inventory["all"].get("vars", {}),
        "worldtree_artifact_cache": str(directory / "cache"),
        "worldtree_artifacts": listed,
    }
    (directory / "hosts.json").write_text(json.dumps(inventory))
    tasks = {
        "artifact": {"worldtree.core.artifact": {"name": "large"}, "register": "made"},
        "copy": {"ansible.builtin.copy": {"src": str(file), "dest": _DEST, "mode": "0644"}},
    }
    written = {"dest": f"{directory}/sent-{{{{ inventory_hostname }}}}", "mode": "0644"}
    told = {
        "ansible.builtin.copy": {**written, "content": "{{ made.sent }}"},
        "delegate_to": "localhost",
        "vars": {"ansible_connection": "local"},
        "when": "made is defined",
    }
    for name, task in tasks.items():
        play = {"hosts": "all", "gather_facts": False, "tasks": [task, told]}
        (directory / f"{name}.json").write_text(json.dumps([play]))


def _play(directory: Path, name: str) -> None:
    collections = core_collection_dir().parents[2]
    _run(
        [str(PROGRAMS / "ansible-playbook"), "-i", "hosts.json", "-f", "50", f"{name}.json"],
        cwd=directory,
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_PIPELINING": "1",
        },
    )


def _sent(directory: Path) -> int:
    return sum(int(file.read_text()) for file in directory.glob("sent-*"))


def _ssh(lab: LabHandle) -> list[str]:
    inventory = lab.inventory()
    return [
        "ssh", "-F", "/dev/null", "-i", inventory["key"], "-o", "BatchMode=yes",
        "-o", f"UserKnownHostsFile={inventory['known_hosts']}",
    ]  # fmt: skip


def _pipes(lab: LabHandle, file: Path) -> list[subprocess.Popen[bytes]]:
    found = []
    for host in lab.hosts:
        with file.open("rb") as stream:
            line = [*_ssh(lab), f"root@{host.address}", f"cat > {_DEST}"]
            found.append(subprocess.Popen(line, stdin=stream))
    return found


def _rsyncs(lab: LabHandle, file: Path) -> list[subprocess.Popen[bytes]]:
    shell = " ".join(_ssh(lab))
    return [
        subprocess.Popen(
            ["rsync", "--whole-file", "-e", shell, str(file), f"root@{host.address}:{_DEST}"]
        )
        for host in lab.hosts
    ]


def _together(processes: list[subprocess.Popen[bytes]]) -> None:
    codes = [process.wait() for process in processes]
    if any(codes):
        raise RuntimeError(f"a transfer ended with {max(codes)}")


def _run(line: list[str], **more: object) -> None:
    done = subprocess.run(line, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]  # Options of one caller.
    if done.returncode != 0:
        raise RuntimeError((done.stdout + done.stderr)[-3000:])


def _forget(lab: LabHandle) -> None:
    for host in lab.hosts:
        host.exec(["sh", "-c", f"rm -rf {_DEST} {_STORE}"])
    os.sync()


def _timed(run: Callable[[], None]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
