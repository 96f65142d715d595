"""Logins with secrets on real hosts: a key that is only in memory, passwords of ssh and of sudo."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.lab_documents import command, ssh
from acceptance.secret_leaks import ProcessScanner, canary, encoded_variants, files_containing
from acceptance.workspace import Outcome, Workspace, processes
from lab.handle import LabHandle

pytestmark = pytest.mark.lab

NAP = f"sleep 31.{os.getpid()}"
#: Where a host would have what somebody left: homes, temporary directories, logs.
_TRACES = "/root /home /tmp /var/tmp /var/log /run/log /dev/shm"


def new_key(directory: Path) -> tuple[str, str]:
    """Make a private key; return its text and the public one."""
    file = directory / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    texts = file.read_text(), file.with_suffix(".pub").read_text()
    file.unlink()
    return texts


class Doors:
    """``keyed`` lets guest in by a key and sudo by a password, ``asking`` deploy by a password."""

    def __init__(self, place: Workspace, lab: LabHandle, short_tmp: Path) -> None:
        self.place, self.lab, self.short_tmp = place, lab, short_tmp
        self.key, public = new_key(place.path)
        self.sudo, self.password = canary("sudo"), canary("login")
        keyed, asking = lab.hosts[:2]
        keyed.ssh(
            f"cat > ~guest/.ssh/authorized_keys <<'x'\n{public}x\n"
            f"chpasswd <<'x'\nguest:{self.sudo}\nx\n"
            "echo 'guest ALL=(ALL) ALL' > /etc/sudoers.d/guest"
        )
        asking.ssh(
            "rm ~deploy/.ssh/authorized_keys\n"
            f"chpasswd <<'x'\ndeploy:{self.password}\nx\n"
            "sed -i '/PasswordAuthentication/d' /etc/ssh/sshd_config.d/lab.conf\n"
            "systemctl reload ssh"
        )
        place.env.update(
            {
                "KEY": self.key,
                "SUDO": self.sudo,
                "LOGIN": self.password,
                "TMPDIR": str(short_tmp),
                "HOME": str(place.path),
                # The user's own agent is not asked.
                "SSH_AUTH_SOCK": "",
                "WORLDTREE_VERBOSITY": "4",
            }
        )

    @property
    def needles(self) -> list[bytes]:
        """The passwords, and lines of the key."""
        return [
            *encoded_variants([self.sudo, self.password]),
            *map(str.encode, self.key.split()[4:-5]),
        ]

    def write(self, line: str) -> None:
        """Write the document: ``line`` is run as root, on both hosts."""
        keyed, asking = self.lab.hosts[:2]
        ways = {**ssh(self.lab), "privateKey": "${env:KEY}", "becomePassword": "${env:SUDO}"}
        del ways["privateKeyFile"]
        hosts = [
            {"name": "keyed", "address": keyed.address, "user": "guest"},
            {"name": "asking", "address": asking.address, "user": "deploy"},
        ]
        by_password = {"ansible_password": "${env:LOGIN}", "ansible_become_password": ""}
        groups = {"by-password": {"members": ["asking"], "vars": by_password}}
        modules = [{"name": "m", "tasks": [command(line)]}]
        self.place.write({"ssh": ways, "hosts": hosts, "groups": groups, "modules": modules})

    def hits(self, outcome: Outcome) -> list[str]:
        """Where a secret was found on this machine."""
        said = (outcome.out + outcome.err).encode()
        found = ["output"] if any(needle in said for needle in self.needles) else []
        bases = (self.place.path, self.short_tmp, Path("/dev/shm"))
        return [*found, *files_containing(self.needles, bases)]


@pytest.fixture(scope="module")
def doors(lab: LabHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Two hosts, as the base has them before and afterwards."""
    lab.reset(lab.hosts[:2])
    with tempfile.TemporaryDirectory(prefix="wt-", dir="/tmp") as short:
        yield Doors(Workspace(tmp_path_factory.mktemp("doors")), lab, Path(short))
    lab.reset(lab.hosts[:2])


def test_keys_and_passwords_open_hosts_and_are_nowhere(doors: Doors) -> None:
    """The work is done as root; no file, argument, environment or output has a secret."""
    doors.write("id -un; whoami > /root/who")
    with ProcessScanner(doors.needles) as watch:
        outcome = doors.place.wt("apply", "--yes", "-o", "json")
    assert outcome.code == 0, outcome.err
    assert outcome.hosts("m/t/run") == {"keyed": "changed", "asking": "changed"}
    assert watch.found == set()
    assert watch.rounds > 5
    assert doors.hits(outcome) == []
    patterns = "\n".join(needle.decode() for needle in doors.needles if b"\n" not in needle)
    for host in doors.lab.hosts[:2]:
        assert host.ssh("cat /root/who").stdout == "root\n"
        look = f"grep -rlaF -f- {_TRACES} 2>/dev/null <<'end of list'\n{patterns}\nend of list"
        assert host.ssh(look, check=False).stdout == ""
    # A cancel clears up on a host that has no key of ours, too.
    doors.write(f"exec {NAP}")
    process = doors.place.start("apply", "--yes")
    process.wait_until(lambda: len(processes(NAP)) >= 2, "both at work")
    outcome, _ = process.cancel(signal.SIGINT, lambda: processes(NAP))
    assert outcome.code == 130, outcome.err
    assert "may still run" not in outcome.err
    assert doors.hits(outcome) == []


def test_wrong_credentials_are_reported_by_kind(doors: Doors) -> None:
    """Before anything is done: a password of sudo, a password of ssh, a key."""
    doors.write("true")
    doors.place.env |= {"SUDO": "n0t-the-password", "LOGIN": "n0t-this-either"}
    outcome = doors.place.wt("apply", "--yes")
    assert outcome.code == 1, outcome.err
    problems = {line.partition(":")[0]: line for line in outcome.err.splitlines()}
    assert "[connection-no-become]" in problems["keyed"]
    assert "guest may not become root on keyed with the given password" in problems["keyed"]
    assert "[connection-auth]" in problems["asking"]
    assert "rejects the login of deploy with the given password" in problems["asking"]
    assert "n0t-" not in outcome.err

    doors.place.env["KEY"] = new_key(doors.place.path)[0]
    outcome = doors.place.wt("apply", "--yes")
    assert outcome.code == 1, outcome.err
    assert "keyed rejects the login of guest with the given key" in outcome.err
    assert "what `privateKey` refers to" in outcome.err

    doors.place.env["KEY"] = "no key at all"
    outcome = doors.place.wt("apply", "--yes")
    assert outcome.code == 2, outcome.err
    assert "[ssh-key-unusable]" in outcome.err
