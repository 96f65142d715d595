"""A transfer that is cut goes on from what has arrived: over ssh, and over other connections."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.collection.conftest import COLLECTIONS

#: More than one piece of a transfer without a stream.
CONTENT = bytes(range(256)) * 70_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()

#: In place of ssh: runs commands on this machine. The connections for a file end after so many
#: bytes as the next line of a file says; others fail where it says `down`.
SSH = """\
import os, subprocess, sys
place, command = {place!r}, sys.argv[-1]
is_file = "-oControlPath=none" in sys.argv
if "-V" in sys.argv or "-O" in sys.argv:
    sys.exit(0)
cuts = open(place + "/cuts").read().split()
with open(place + "/calls", "a") as calls:
    calls.write("file " if is_file else "other ")
if not cuts or (cuts[0] != "down" and not is_file):
    os.execvp("sh", ["sh", "-c", command])
with open(place + "/cuts", "w") as left:
    left.write(" ".join(cuts[1:]))
if cuts[0] != "down":
    shell = subprocess.Popen(["sh", "-c", command], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    shell.stdin.write(sys.stdin.buffer.read(int(cuts[0]) + 12))
    shell.stdin.close()
    shell.wait()
sys.stderr.write("Connection to a closed by remote host.\\n")
sys.exit(255)
"""

#: A connection to this machine that is cut in the same way, and has no stream.
CONNECTION = """\
DOCUMENTATION = "name: cutting\\nextends_documentation_fragment: [connection_pipelining]"
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as Local
class Connection(Local):
    transport = "cutting"
    def exec_command(self, cmd, in_data=None, sudoable=True):
        if in_data and in_data.startswith(b"\\0WT1"):
            cuts = open({place!r} + "/cuts").read().split()
            if cuts:
                open({place!r} + "/cuts", "w").write(" ".join(cuts[1:]))
                in_data = in_data[: int(cuts[0]) + 12]
                result = super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
                if int(cuts[0]) % 2:
                    raise AnsibleConnectionFailure("the connection is gone")
                return result
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
"""


class Playbook:
    """One task, over a connection that is cut."""

    def __init__(self, place: Path) -> None:
        self.place = place
        file = place / "cache" / "sha256" / DIGEST[:2] / DIGEST
        file.parent.mkdir(parents=True)
        file.write_bytes(CONTENT)
        ssh = place / "ssh"
        ssh.write_text(f"#!{sys.executable}\n" + SSH.format(place=str(place)))
        ssh.chmod(0o755)
        plugin = place / "connection_plugins" / "cutting.py"
        plugin.parent.mkdir()
        plugin.write_text(CONNECTION.format(place=str(place)))

    def run(self, connection: str, cuts: str) -> tuple[dict[str, Any], str]:
        """Return the result of the task, and what Ansible has said."""
        (self.place / "cuts").write_text(cuts)
        variables = {
            "worldtree_artifact_cache": str(self.place / "cache"),
            "worldtree_artifacts": {"tool": {"1": {"any": {"sha256": DIGEST, "kind": "binary"}}}},
            "ansible_python_interpreter": sys.executable,
            "ansible_connection": connection,
            "ansible_ssh_executable": str(self.place / "ssh"),
            "ansible_pipelining": True,
        }
        artifact = {"name": "tool", "version": "1", "store": str(self.place / "store")}
        tasks = [
            {
                "worldtree.core.artifact": {**artifact, "dest": str(self.place / "tool")},
                "register": "result",
                "ignore_errors": True,
                "ignore_unreachable": True,
            },
            {
                "ansible.builtin.copy": {
                    "dest": str(self.place / "result.json"),
                    "content": "{{ result | to_json }}",
                },
                "delegate_to": "localhost",
                "vars": {"ansible_connection": "local"},
            },
        ]
        play = {"hosts": "a", "gather_facts": False, "vars": variables, "tasks": tasks}
        (self.place / "play.json").write_text(json.dumps([play]))
        done = subprocess.run(
            [Path(sys.executable).with_name("ansible-playbook"), "-i", "a,", "play.json"],
            cwd=self.place,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.place),
                "LC_ALL": "C.UTF-8",
                "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return json.loads((self.place / "result.json").read_text()), said


@pytest.fixture
def playbook(tmp_path: Path) -> Playbook:
    """One task on a host, which is this machine."""
    return Playbook(tmp_path)


@pytest.mark.parametrize("connection", ["ssh", "cutting"])
def test_a_transfer_that_is_cut_goes_on_where_it_ended(playbook: Playbook, connection: str) -> None:
    """Also where the connection says that it is gone, and not only where the host says it."""
    found, said = playbook.run(connection, "4000001 3000000 0")
    assert (found["changed"], found["sent"]) == (True, len(CONTENT)), said
    assert (playbook.place / "tool").read_bytes() == CONTENT
    assert (playbook.place / "cuts").read_text() == ""
    assert "tool 1 (any) is sent again to a" in said


def test_it_is_begun_again_only_so_often_without_a_byte_more(playbook: Playbook) -> None:
    found, said = playbook.run("cutting", "5000 0 0 0 0 0 0")
    assert "tool 1 (any) was not sent: the connection was cut" in found["msg"], said
    assert (playbook.place / "store" / "partial" / DIGEST).stat().st_size == 5000
    # The next run goes on.
    found, _ = playbook.run("cutting", "")
    assert found["sent"] == len(CONTENT) - 5000


def test_a_host_that_stays_away_is_unreachable(playbook: Playbook) -> None:
    found, said = playbook.run("ssh", "5000 " + "down " * 20)
    assert found["unreachable"], said
    assert "closed by remote host" in found["msg"]


def test_a_host_that_was_away_for_a_moment_is_sent_the_rest(playbook: Playbook) -> None:
    found, said = playbook.run("ssh", "5000 down")
    assert found["sent"] == len(CONTENT), said


def test_tries_end(plugins: Callable[[str], Any]) -> None:
    """Those without a byte more after a few, with growing pauses; others after many."""
    pauses: list[float] = []
    tries = plugins("plugin_utils.artifact_transfer").Tries(4, pauses.append)
    for have in (0, 10, 10):
        tries.begin(have)
        assert tries.again()
    assert pauses == [1, 1, 2]
    tries.begin(20)
    tries.end(100)
    assert tries.sent == 100
    for have in range(1, 200):
        tries.begin(have)
        if not tries.again():
            break
    assert have == 97
