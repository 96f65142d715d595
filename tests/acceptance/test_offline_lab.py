"""A bundle on hosts without a way out: nothing tries to fetch anything from elsewhere.

One cluster for the whole file; the tests run in order, each on what the one before left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from acceptance.lab_documents import ssh
from acceptance.release_archives import CONTAINERD, ETCD, REGISTRY, RUNC, write_releases
from acceptance.wait_image import PREPARE_HOST, write_image
from acceptance.workspace import Outcome, Workspace
from lab.handle import LabHandle
from lab.way_out import Attempt

pytestmark = [pytest.mark.lab(minutes=6), pytest.mark.long, pytest.mark.timeout(1800)]

PASSWORD = "kept-in-mind-only"
IMAGE = "docker.io/library/wait:1.0"
#: Nobody's: a network of documentation.
NOWHERE = "192.0.2.1"
#: Load balancers and the time daemon are packages of the distribution, which a bundle has none of.
PACKAGES = """
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
apt-get install -qq --yes --no-download {}
rm /usr/sbin/policy-rc.d
"""

Attempts = Callable[[], list[Attempt]]


def spec(lab: LabHandle) -> dict[str, object]:
    """A document with everything that can be brought along."""
    roles = (["etcd", "registry"], ["etcd", "loadbalancer"], ["etcd", "loadbalancer"])
    user = {"name": "puller", "password": "${env:SHOP_PASSWORD}"}
    hosts = [
        {
            "name": host.name,
            "address": host.address,
            "roles": own,
            "labels": {"architecture": "amd64"},
        }
        for host, own in zip(lab.hosts, (*roles, ["containerd"]), strict=False)
    ]
    released = {"source": "archives", "mirror": "./releases"}
    service = {"name": "etcd", "port": 12379, "role": "etcd", "serverPort": 2379, "mode": "tcp"}
    return {
        "stateDir": "/var/lib/worldtree",
        "ssh": ssh(lab),
        "hosts": hosts,
        "components": {
            "os": {
                "sysctl": {"net.ipv4.ip_forward": 1},
                "time": {"service": "chrony"},
                "limits": [{"domain": "*", "item": "nofile", "value": 65536}],
            },
            "pki": {"passphrase": "${env:SHOP_PASSWORD}"},
            "etcd": {"version": ETCD, "mirror": "./releases"},
            "registry": {
                **released,
                "version": REGISTRY,
                "users": [user],
                "images": [{"name": IMAGE, "sources": ["./wait.tar"]}],
                "upstream": False,
            },
            "containerd": {
                **released,
                "version": CONTAINERD,
                "programs": ["runc"],
                "programVersions": {"runc": RUNC},
                "restrictOomScoreAdj": True,
            },
            "loadbalancer": {"vip": f"{lab.inventory()['vip']}/24", "services": [service]},
        },
    }


class Site:
    """Hosts without a way out, and a machine beside them that has a bundle and nothing else."""

    def __init__(self, lab: LabHandle, place: Path, attempts: Attempts) -> None:
        self.lab, self.attempts = lab, attempts
        secrets = {"SHOP_PASSWORD": PASSWORD}
        office = Workspace(place / "office", secrets)
        office.path.mkdir()
        write_releases(office.path / "releases")
        write_image(office.path / "wait.tar")
        office.write(spec(lab))
        assert done(office.wt("artifacts", "lock"))
        self.bundle = place / "shop.tar"
        assert done(office.wt("bundle", "create", "-o", self.bundle))
        self.place = Workspace(place / "site", secrets)
        self.place.path.mkdir()

    def apply(self, *words: str) -> Outcome:
        """Apply the bundle; all that hosts tried to send out is an error."""
        words = ("apply", "--offline", str(self.bundle), *words, "--yes", "-o", "json")
        outcome = done(self.place.wt(*words, timeout=1200))
        tried = [str(one) for one in self.attempts()]
        assert tried == [], "\n".join(tried)
        return outcome


def done(outcome: Outcome) -> Outcome:
    assert outcome.code == 0, outcome.out + outcome.err
    return outcome


@pytest.fixture(scope="module")
def site(lab: LabHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Four hosts that reach each other only."""
    hosts = lab.hosts[:4]
    lab.reset(hosts)
    hosts[3].ssh(PREPARE_HOST)
    for host in hosts:
        balancer = "haproxy keepalived" if host in hosts[1:3] else ""
        host.ssh(PACKAGES.format(f"chrony {balancer}"))
    with lab.no_way_out() as attempts:
        yield Site(lab, tmp_path_factory.mktemp("offline"), attempts)
    lab.reset(hosts)


def test_what_hosts_send_out_is_noted(lab: LabHandle) -> None:
    """Without this, the tests below would prove nothing."""
    asking, other = lab.hosts[:2]
    with lab.no_way_out() as attempts:
        assert asking.ssh(f"ping -c 1 -W 2 {other.address}").returncode == 0
        assert attempts() == []
        for place in (NOWHERE, lab.lab.gateway):
            line = f"timeout 2 bash -c 'echo > /dev/tcp/{place}/8080'"
            assert asking.ssh(line, check=False).returncode != 0
        noted = {(one.host, one.destination, one.protocol, one.port) for one in attempts()}
    assert noted == {
        (asking.name, NOWHERE, "tcp", 8080),
        (asking.name, lab.lab.gateway, "tcp", 8080),
    }


def test_a_bundle_is_applied_without_a_way_out(site: Site) -> None:
    site.apply()
    store, *_, node = site.lab.hosts[:4]
    health = store.ssh(
        "etcdctl --cacert /etc/etcd/pki/ca.crt --cert /etc/etcd/pki/client.crt"
        " --key /etc/etcd/pki/client.key endpoint health --cluster 2>&1"
    ).stdout
    assert health.count("is healthy") == 3
    node.ssh(f"ctr images pull --hosts-dir /etc/containerd/certs.d {IMAGE}")
    node.ssh(f"ctr run --detach {IMAGE} first")
    assert "RUNNING" in node.ssh("ctr tasks ls").stdout
    assert site.attempts() == []


def test_nothing_is_left_to_do_and_one_component_is_applied_alone(site: Site) -> None:
    assert site.apply().changed == []
    assert site.apply("--only", "containerd").changed == []
