"""Step kinds that need root, on a real host: apply, idempotence and undo."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab.handle import HostHandle
from lab_plugin import LabHosts
from unit.ansible.bundles import bundle, chain, node
from worldtree.ansible.bundle import emit
from worldtree.plan.plan import Plan, PlanHost

pytestmark = [pytest.mark.lab(minutes=2), pytest.mark.slow, pytest.mark.timeout(900)]

BIN = Path(sys.executable).parent
#: Shell commands that print the state that the steps change.
LOOK = """
systemctl is-enabled wt-probe.service; systemctl is-active wt-probe.service
getent passwd wtprobe daemon; id -nG daemon
sysctl -n net.ipv4.tcp_keepalive_time; cat /etc/sysctl.d/90-worldtree.conf
dpkg-query -W -f '${Package} ${db:Status-Status}\\n' bc iputils-ping | grep ' installed'
ls -l /etc/systemd/system/wt-probe.service
exit 0
"""
UNIT = """
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
"""


def _plan(host: HostHandle) -> Plan:
    unit = "/etc/systemd/system/wt-probe.service"
    started = {"name": "wt-probe", "state": "started", "enabled": True, "daemon_reload": True}
    steps = [
        node("come", "package", "bc"),
        node("go", "package", {"name": "iputils-ping", "state": "absent"}),
        node("unit", "copy", {"content": UNIT, "dest": unit}),
        node("service", "service", started),
        node("user", "user", {"name": "wtprobe", "create_home": False, "system": True}),
        node("member", "user", {"name": "daemon", "groups": ["adm"], "append": True}),
        node("sysctl", "sysctl", {"name": "net.ipv4.tcp_keepalive_time", "value": 77}),
    ]
    of = chain(*(step.model_copy(update={"hosts": (host.name,)}) for step in steps))
    hosts = (PlanHost(name=host.name, address=host.address, user="root"),)
    return of.model_copy(update={"hosts": hosts})


def _run(directory: Path, playbook: str) -> dict[str, int]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "WORLDTREE_"))}
    done = subprocess.run(
        [str(BIN / "ansible-playbook"), "-i", "../lab.yml", playbook],
        cwd=directory,
        env={**env, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    recap = done.stdout.rpartition("PLAY RECAP")[2]
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", recap)}


def test_packages_services_users_and_kernel_parameters_come_back(
    lab_hosts: LabHosts, tmp_path: Path
) -> None:
    (host,) = lab_hosts(1)
    before = host.ssh(LOOK).stdout
    (tmp_path / "lab.yml").write_text(json.dumps({"all": _inventory(host)}))
    made, bag = bundle(_plan(host))
    assert bag.items == []
    emit(made, tmp_path / "bundle")

    assert _run(tmp_path / "bundle", "site.yml")["changed"] > 0
    after = host.ssh(LOOK).stdout
    for sign in ("bc installed", "wtprobe", "enabled\nactive", "adm", "\n77\n"):
        assert sign in after
        assert sign not in before
    assert "iputils-ping installed" in before
    assert "iputils-ping installed" not in after
    assert _run(tmp_path / "bundle", "site.yml")["changed"] == 0
    assert _run(tmp_path / "bundle", "rollback.yml")["changed"] > 0
    assert host.ssh(LOOK).stdout == before


def _inventory(host: HostHandle) -> dict[str, object]:
    lab = host.lab
    common = f"-o UserKnownHostsFile={lab.known_hosts} -o StrictHostKeyChecking=yes"
    reach = {
        "ansible_host": host.address,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(lab.key),
        "ansible_ssh_common_args": f"{common} -o IdentitiesOnly=yes",
    }
    return {"hosts": {host.name: reach}}
