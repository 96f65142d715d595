"""Artifacts on real hosts, over ssh: once per host, checked there, and continued after a cut."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from acceptance.lab_documents import hosts, ssh
from acceptance.workspace import Outcome, Workspace
from lab.handle import LabHandle
from lab_plugin import LabHosts
from worldtree.core.errors import ExitCode

pytestmark = pytest.mark.lab(minutes=2)

#: Where a host keeps what it was sent.
STORE = "/var/lib/worldtree/artifacts"
#: Bytes of the program in the release: more than one piece of a transfer.
SIZE = 20 << 20


def release(directory: Path) -> str:
    """Write a release that does not compress, and return its sha256."""
    content = os.urandom(SIZE)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as made:
        entry = tarfile.TarInfo("shop-1/bin/shop")
        entry.size, entry.mode = len(content), 0o755
        made.addfile(entry, io.BytesIO(content))
    (directory / "shop-1.tgz").write_bytes(buffer.getvalue())
    return hashlib.sha256(buffer.getvalue()).hexdigest()


def spec(lab: LabHandle, digest: str, count: int) -> dict[str, Any]:
    step = {
        "name": "shop",
        "unpack": "/opt/shop/1",
        "strip": 1,
        "links": [{"path": "/usr/local/bin/shop", "to": "bin/shop"}],
    }
    return {
        "stateDir": "/var/lib/worldtree",
        "ssh": ssh(lab),
        "hosts": hosts(lab, count),
        "artifacts": [
            {
                "name": "shop",
                "version": "1",
                "sources": ["./shop-1.tgz"],
                "sha256": {"any": digest},
            }
        ],
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [{"artifact": step}]}]}],
    }


def applied(outcome: Outcome) -> Outcome:
    assert outcome.code == ExitCode.OK, outcome.err
    return outcome


def test_a_release_reaches_hosts_once_and_after_a_cut(
    tmp_path: Path, lab: LabHandle, lab_hosts: LabHosts
) -> None:
    one, other = lab_hosts(2)
    digest = release(tmp_path)
    place = Workspace(tmp_path)
    place.write(spec(lab, digest, 2))
    # What a cut has left: the beginning on one host, and bytes of another file on the other.
    with (tmp_path / "shop-1.tgz").open("rb") as file:
        head = file.read(7)
    for host, content in ((one, head), (other, b"1234567")):
        octal = "".join(f"\\{byte:03o}" for byte in content)
        host.ssh(f"mkdir -p {STORE}/partial; printf '{octal}' > {STORE}/partial/{digest}")
    applied(place.wt("apply", "-y", "-o", "json"))
    for host in (one, other):
        assert host.ssh(f"sha256sum < {STORE}/sha256/{digest}").stdout.split()[0] == digest
        assert host.ssh("stat -c %s -L /usr/local/bin/shop").stdout.split() == [str(SIZE)]
        assert host.ssh(f"ls -A {STORE}/partial").stdout == ""
        assert host.ssh("ls -A /opt/shop").stdout.split() == ["1"]
    assert applied(place.wt("apply", "-y", "-o", "json")).changed == []
    # A file that was changed on the host is unpacked again, from what the host has.
    one.ssh("echo changed > /usr/local/bin/shop")
    again = applied(place.wt("apply", "-y", "-o", "json"))
    assert [name.rpartition(" ")[2] for name in again.changed] == [one.name]
    assert one.ssh("stat -c %s -L /usr/local/bin/shop").stdout.split() == [str(SIZE)]


@pytest.mark.long  # Three real hosts, and two runs.
def test_a_seed_gives_files_to_the_others_over_ssh(
    tmp_path: Path, lab: LabHandle, lab_hosts: LabHosts
) -> None:
    """Its key reads that one file, and a seed that does not answer costs nothing but time."""
    seed, *others = lab_hosts(3)
    digest = release(tmp_path)
    place = Workspace(tmp_path)
    data = spec(lab, digest, 3)
    data["distribution"] = {"seeds": "rack", "bandwidth": "200M", "transfers": 2}
    for host in data["hosts"]:
        host["labels"] = {"rack": "r1"}
    place.write(data)
    applied(place.wt("apply", "-y", "-o", "json"))
    log = seed.ssh("journalctl --no-pager -u ssh").stdout
    for host in (seed, *others):
        assert host.ssh(f"sha256sum < {STORE}/sha256/{digest}").stdout.split()[0] == digest
        assert host.ssh("stat -c %s -L /usr/local/bin/shop").stdout.split() == [str(SIZE)]
    assert all(f"Accepted publickey for root from {host.address} " in log for host in others)
    (line,) = seed.ssh("grep worldtree-artifact- /root/.ssh/authorized_keys").stdout.splitlines()
    assert line.startswith("restrict,expiry-time=")
    assert f"{STORE}/sha256/{digest}" in line
    # The others cannot reach the seed any more: they are sent the file.
    for host in others:
        host.ssh(f"rm -rf {STORE} /opt/shop")
    seed.ssh("sed -i /worldtree-artifact-/d /root/.ssh/authorized_keys")
    applied(place.wt("apply", "-y", "-o", "json"))
    for host in others:
        assert host.ssh("stat -c %s -L /usr/local/bin/shop").stdout.split() == [str(SIZE)]
