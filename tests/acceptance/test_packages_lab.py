"""Packages of the distribution on real hosts that reach no repository: from the lock file alone."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.lab_documents import hosts, ssh
from acceptance.workspace import Outcome, Workspace
from apt_repository import SUITE, AptRepository, SigningKey
from lab.handle import HostHandle, LabHandle
from lab.sources import collect, wanted_suite
from lab_plugin import LabHosts
from worldtree.core.errors import ExitCode

pytestmark = pytest.mark.lab(minutes=4)

#: What Debian calls its releases -> what `/etc/os-release` of the hosts says.
PLATFORMS = {"bookworm": "debian-12", "trixie": "debian-13"}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
#: Takes every way to packages from a host: the network beyond the lab, its names, and its caches.
CUT = """
ip route del default
for name in $(
  grep -rhoE '//[^/ ]+' /etc/apt --include='*.list' --include='*.sources' | tr -d / | sort -u
); do
  echo "127.0.0.1 $name" >> /etc/hosts
done
rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/*
"""
#: What a run must not change: sources, keys and lists of the host.
APT_STATE = (
    "cd / && find etc/apt usr/share/keyrings var/lib/apt/lists -type f | sort | xargs sha256sum"
)
ROLE = """
- name: Install the shop
  worldtree.core.os_packages:
    names: [shop]
"""


@pytest.fixture(scope="module")
def key() -> Iterator[SigningKey]:
    with tempfile.TemporaryDirectory(prefix="wt-keys-") as place:
        made = SigningKey(Path(place) / "key")
        yield made
        made.end()


def applied(outcome: Outcome) -> dict[str, Any]:
    assert outcome.code == ExitCode.OK, outcome.err
    found: dict[str, Any] = json.loads(outcome.out)
    return found


def changed(result: dict[str, Any]) -> set[str]:
    """Return the nodes that changed a host."""
    return {
        node["id"]
        for node in result["nodes"]
        if any(one["changed"] for one in node["hosts"].values())
    }


def version_of(host: HostHandle, name: str) -> str:
    return host.ssh(f"dpkg-query -W -f '${{Version}}' {name}").stdout


def test_packages_of_a_role_are_installed_upgraded_and_refused(
    tmp_path: Path, lab: LabHandle, lab_hosts: LabHosts, key: SigningKey
) -> None:
    """Exactly the locked versions; the second run sends nothing, and apt of the host is left."""
    [host] = lab_hosts(1)
    host.ssh(CUT)
    before = host.ssh(APT_STATE).stdout
    repository = AptRepository(tmp_path / "repository", key, ("amd64",))
    shop = {"etc/shop.conf": "the shop\n"}
    for version in ("1:1.0-1", "1:1.1-1"):
        repository.add("shop", version, "amd64", Depends="shop-lib (>= 2), libc6", files=shop)
    repository.add("shop-lib", "2.0", files={"usr/share/shop-lib/data": "7\n"})
    # The closure of the host's own package: it is said to be there.
    repository.add("libc6", "2.1", "amd64")
    repository.write()
    key.export(tmp_path / "key.gpg")
    place = Workspace(tmp_path)
    (tmp_path / "roles/shop/tasks").mkdir(parents=True)
    (tmp_path / "roles/shop/tasks/main.yml").write_text(f"---{ROLE}")

    def write(**versions: str) -> None:
        packages = {
            "platform": PLATFORMS[wanted_suite()],
            "repositories": [
                {"location": "./repository", "suites": [SUITE], "keys": ["./key.gpg"]}
            ],
            "install": ["shop"],
            "versions": versions,
            "present": ["libc6"],
        }
        step = {"role": "shop"}
        place.write(
            {
                "ssh": ssh(lab),
                "hosts": hosts(lab, 1),
                "stateDir": "/var/lib/worldtree",
                "rolesPath": ["./roles"],
                "packages": [packages],
                "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [step]}]}],
            }
        )
        locked = place.wt("artifacts", "lock")
        assert locked.code == ExitCode.OK, locked.err

    def apply() -> Outcome:
        return place.wt("apply", "--yes", "-o", "json", timeout=600)

    write(shop="1:1.0-1")
    assert changed(applied(apply())) == {"create-cluster/m/t/shop"}
    assert (version_of(host, "shop"), version_of(host, "shop-lib")) == ("1:1.0-1", "2.0")
    assert host.ssh("apt-mark showauto shop-lib").stdout == "shop-lib\n"
    assert changed(applied(apply())) == set()

    write(shop="1:1.1-1")
    applied(apply())
    assert version_of(host, "shop") == "1:1.1-1"

    # Nothing is made older; the document says the version, so that it is an error.
    write(shop="1:1.0-1")
    older = apply()
    assert older.code == ExitCode.PARTIAL
    assert "shop 1:1.1-1 is installed, which is newer than the locked version" in older.err
    # Without a version of the document what is newer is left.
    write()
    place.wt("artifacts", "lock")
    applied(apply())
    assert version_of(host, "shop") == "1:1.1-1"

    repository.add("shop", "1:1.2-1", "amd64", Depends="shop-lib (>= 2)", files=shop)
    repository.write()
    assert place.wt("artifacts", "lock", "--update", "os-packages").code == ExitCode.OK
    host.ssh("apt-mark hold shop")
    held = apply()
    assert held.code == ExitCode.PARTIAL
    assert "shop is held at 1:1.1-1" in held.err
    host.ssh("apt-mark unhold shop")
    applied(apply())
    assert version_of(host, "shop") == "1:1.2-1"

    assert host.ssh(APT_STATE).stdout == before
    assert host.ssh("ls /var/lib/worldtree/artifacts").stdout.split() == [
        "locks",
        "partial",
        "sha256",
    ]


def debian_repositories(suite: str) -> list[dict[str, Any]]:
    """Return the repositories of Debian that this machine has, for another of its releases."""
    found = []
    for stanza in collect(suite).split("\n\n"):
        fields = dict(re.findall(r"^(\S+): (.*)$", stanza, re.MULTILINE))
        if fields:
            found.append(
                {
                    "location": fields["URIs"].split()[0],
                    "suites": fields["Suites"].split(),
                    "components": fields["Components"].split(),
                    "keys": ["./debian.gpg"],
                }
            )
    return found


def test_a_load_balancer_is_installed_from_an_offline_bundle(
    tmp_path: Path, lab: LabHandle, lab_hosts: LabHosts
) -> None:
    """haproxy and keepalived of Debian, on a host that reaches nobody but the control side."""
    [host] = lab_hosts(1)
    host.ssh(CUT)
    online, offline = tmp_path / "online", tmp_path / "offline"
    for one in (online, offline):
        one.mkdir()
    (online / "debian.gpg").write_bytes(KEYRING.read_bytes())
    place = Workspace(online)
    address = host.address.rpartition(".")[0] + ".240"
    service = {
        "name": "web",
        "port": 80,
        "servers": [{"name": "web", "address": host.address, "port": 8080}],
    }
    listed = [{**one, "roles": ["loadbalancer"]} for one in hosts(lab, 1)]
    place.write(
        {
            "ssh": ssh(lab),
            "hosts": [{**one, "labels": {"architecture": "amd64"}} for one in listed],
            "packages": [
                {
                    "platform": PLATFORMS[wanted_suite()],
                    "repositories": debian_repositories(wanted_suite()),
                }
            ],
            "components": {"loadbalancer": {"vip": f"{address}/24", "services": [service]}},
        }
    )
    locked = place.wt("artifacts", "lock", timeout=300)
    assert locked.code == ExitCode.OK, locked.err
    bundle = tmp_path / "site.tar"
    made = place.wt("bundle", "create", "-o", str(bundle), timeout=300)
    assert made.code == ExitCode.OK, made.err

    site = Workspace(offline)
    checked = site.wt("bundle", "verify", str(bundle))
    assert checked.code == ExitCode.OK, checked.err
    run = ("apply", "--offline", str(bundle), "--yes", "-o", "json")
    first = applied(site.wt(*run, timeout=600))
    assert first["status"] == "succeeded"
    assert host.ssh("systemctl is-active haproxy keepalived").stdout == "active\nactive\n"
    second = applied(site.wt(*run, timeout=600))
    assert changed(second) == set()
