"""Role features that need several hosts: facts of peers, one play, a bastion, parallel runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from acceptance.team_roles.cases import CASES, ansible, wt
from lab.handle import HostHandle
from lab_plugin import LabHosts

pytestmark = [pytest.mark.lab(minutes=2), pytest.mark.slow, pytest.mark.timeout(900)]

#: Timeout in seconds of a run; on an idle machine it takes twenty.
_PATIENCE = 600
NAMES = ("one", "two", "three")


@pytest.fixture
def hosts(lab_hosts: LabHosts) -> list[HostHandle]:
    """Three hosts, fresh."""
    return lab_hosts(3)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of every command."""
    given = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "WORLDTREE_"))}
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**given, "PATH": tools, "WORLDTREE_HOME": str(tmp_path / "home")}


def project(name: str, root: Path, hosts: list[HostHandle]) -> Path:
    """Write the document for cluster ``name`` below ``root``; returns its directory."""
    place = root / "projects" / name
    shutil.copytree(CASES.parent / "lab_case", place)
    shutil.copytree(CASES / "release", root / "projects/cases/release", dirs_exist_ok=True)
    (place / "out").mkdir()
    lab = hosts[0].lab
    words = {"NAME": name, "OUT": place / "out", "KEY": lab.key, "KNOWN_HOSTS": lab.known_hosts}
    words |= {f"ADDRESS{number}": host.address for number, host in enumerate(hosts, 1)}
    document = place / "cluster.yaml"
    text = document.read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(f"@{word}@", str(value))
    document.write_text(text, encoding="utf-8")
    return place


def check(name: str, place: Path, hosts: list[HostHandle]) -> None:
    """Check the files on the hosts and on the control side after a run of cluster ``name``."""
    peers = "".join(
        f"{called} {host.name} {host.address}\n" for called, host in zip(NAMES, hosts, strict=True)
    )
    everyone = ",".join(NAMES)
    release = f"release=r1-by-one\nall={everyone}\nleft={everyone}\n"
    for called, host in zip(NAMES, hosts, strict=True):
        assert host.ssh(f"cat /root/{name}/release").stdout == release
        if called != "one":
            assert host.ssh(f"cat /root/{name}/peers").stdout == peers
            assert host.ssh(f"cat /root/{name}/note").stdout == f"{host.name}\n"
            assert (place / "out" / called).read_text(encoding="utf-8") == f"{host.name}\n"


@contextmanager
def applying(place: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run ``wt apply`` in ``place``; terminate it if the block ends early."""
    process = subprocess.Popen(
        [*wt(), "apply", "-f", "cluster.yaml", "--yes"],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def test_a_bundle_works_on_real_hosts(
    hosts: list[HostHandle], tmp_path: Path, environment: dict[str, str]
) -> None:
    """Facts of peers, a bastion, one play and the control side, with plain Ansible."""
    place = project("plain", tmp_path, hosts)
    for command, where in (
        ([*wt(), "compile", "-f", "cluster.yaml", "--dir", "build"], place),
        ([ansible("playbook"), "site.yml"], place / "build"),
    ):
        done = subprocess.run(
            command, cwd=where, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    check("plain", place, hosts)


def test_two_applies_at_once_do_not_disturb_each_other(
    hosts: list[HostHandle], tmp_path: Path, environment: dict[str, str]
) -> None:
    """Two runs on one machine, with one home and the same hosts, share no connections."""
    left, right = (project(name, tmp_path, hosts) for name in ("left", "right"))
    with applying(left, environment) as one, applying(right, environment) as other:
        outputs = [process.communicate(timeout=_PATIENCE)[0] for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), "\n".join(outputs)
    check("left", left, hosts)
    check("right", right, hosts)
