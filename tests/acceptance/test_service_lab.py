"""`wt serve` with real hosts: a key that is a secret, and a restart in the middle of a step."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.lab_documents import command, hosts, ssh
from acceptance.secret_leaks import files_containing
from acceptance.test_service_local import header as header
from acceptance.test_service_local import serve
from acceptance.test_worker_local import wait_for
from acceptance.workspace import Workspace
from lab.handle import LabHandle

pytestmark = pytest.mark.lab

POLICY = """[policy]
[policy.secrets]
env = ["SERVICE_KEY"]
"""


@pytest.fixture
def workspace(tmp_path: Path, lab: LabHandle) -> Workspace:
    """A workspace whose service has the key of the lab in its environment."""
    lab.reset(lab.hosts[:2])
    key = Path(lab.inventory()["key"]).read_text("utf-8")
    made = Workspace(tmp_path, {"SERVICE_KEY": key})
    made.write({})
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    return made


def test_a_document_of_the_api_works_on_real_hosts(
    workspace: Workspace, header: str, lab: LabHandle
) -> None:
    """Once on each host, though the service is restarted meanwhile; the key is written nowhere."""
    ways = {**ssh(lab), "privateKey": "${env:SERVICE_KEY}", "hostKeyChecking": "accept-new"}
    for name in ("privateKeyFile", "knownHostsFile"):
        del ways[name]
    line = "echo run >> /root/runs; while ! test -e /root/go; do sleep 0.1; done"
    text = workspace.write(
        {
            "ssh": ways,
            "hosts": hosts(lab, 2),
            "modules": [{"name": "m", "tasks": [command(line)]}],
        }
    ).read_text("utf-8")
    chosen = lab.hosts[:2]
    with serve(workspace, header) as first:
        task = first.submit(text)
        wait_for(lambda: all(host.ssh("cat /root/runs || :").stdout for host in chosen))
    for host in chosen:
        host.ssh("touch /root/go")
    with serve(workspace, header) as second:
        *_, (kind, _, data) = second.follow(task)
        assert (kind, data["status"]) == ("end", "succeeded")
        lines = second.client.get(f"/tasks/{task}/logs").json()["items"]
        places = [one["path"] for one in lines if one.get("node")]
        assert places
        assert all(place.startswith("plays/") for place in places), places
    assert [host.ssh("cat /root/runs").stdout for host in chosen] == ["run\n", "run\n"]
    needles = [line.encode() for line in workspace.env["SERVICE_KEY"].split()[4:-5]]
    assert files_containing(needles, [workspace.path]) == []
