"""Asking all hosts at once, with a stand-in for ssh."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan, PlanHost, PlanSsh
from worldtree.runner.connect.connection_check import HostConnection, check_connections
from worldtree.runner.connect.host_probes import HostProbes, ProbeResult
from worldtree.runner.connect.ssh_command import SshOptions
from worldtree.secrets.broker_process import BrokerProcess
from worldtree.secrets.resolver import SecretSources

_FAKE_SSH = """#!/bin/sh
echo "$@" >> "$FAKE_LOG"
for last; do script=$last; done
case "$*" in
*10.0.0.1\\ *) exec sh -c "$script" ;;
*10.0.0.2\\ *) : > "$FAKE_LOG.$$"; n=0
  # All twelve must be here before one of them goes on.
  while [ "$(ls "$FAKE_LOG".* | wc -l)" -lt 12 ]; do
    sleep 0.1; n=$((n + 1)); [ $n -lt 300 ] || exit 255
  done
  echo 'worldtree-check login'; echo 'worldtree-check python 3 11' ;;
*10.0.0.3\\ *) echo 'ssh: connect to host: Connection refused' >&2; exit 255 ;;
*10.0.0.4\\ *) echo 'worldtree-check login'; exit 0 ;;
*10.0.0.5\\ *) echo 'banner of the house'; echo 'worldtree-check login'
  echo 'worldtree-check python 3 6'; exit 0 ;;
*10.0.0.7\\ *) pw=$("$SSH_ASKPASS" "root@10.0.0.7's password: ") && [ "$pw" = s3cret ] || exit 255
  [ "$SSH_ASKPASS_REQUIRE" = force ] || exit 255
  echo 'worldtree-check login'; echo 'worldtree-check python 3 11' ;;
*10.0.0.8\\ *) read -r pw; echo 'worldtree-check login'; echo 'worldtree-check python 3 11'
  case "$script" in *"sudo -S -p '' -u root"*) ;; *) exit 0 ;; esac
  if [ "$pw" = s3cret ]; then echo 'worldtree-check become'
  else echo 'worldtree-check no-become sudo: 1 incorrect password attempt'; fi ;;
*10.0.0.6\\ *) echo 'worldtree-check login'; echo 'worldtree-check python 3 11'
  echo 'worldtree-check no-become sudo: a password is required'; exit 0 ;;
esac
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a stand-in for ssh first on the PATH; return the file of its calls."""
    fake = tmp_path / "bin" / "ssh"
    fake.parent.mkdir()
    # Not by a variable: the check lets none through.
    fake.write_text(_FAKE_SSH.replace("$FAKE_LOG", str(tmp_path / "log")))
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "log"


def hosts_plan(hosts: Mapping[str, PlanHost], *, become: bool = False) -> Plan:
    """Return a plan with one node on all hosts."""
    node = Node(id="p/m/t/s", kind="command", hosts=tuple(hosts), become=become)
    graph = ExecutionGraph(pipeline="p", nodes={node.id: node})
    return Plan(cluster="c", pipeline="p", hosts=tuple(hosts.values()), graph=graph)


def check(tmp_path: Path, wanted: Plan, **options: object) -> dict[str, HostConnection]:
    """Run the check; return what was found by host."""
    found = check_connections(wanted, SshOptions(tmp_path), **options)  # type: ignore[arg-type]
    return {one.host: one for one in found}


@pytest.mark.usefixtures("log")
def test_every_host_is_reported_in_one_go(tmp_path: Path) -> None:
    hosts = {f"h{i}": PlanHost(name=f"h{i}", address=f"10.0.0.{i}") for i in (1, 3, 4, 5, 6)}
    found = check(tmp_path, hosts_plan(hosts, become=True))
    assert list(found) == list(hosts)
    assert {name: one.slug for name, one in found.items()} == {
        "h1": None,
        "h3": "connection-refused",
        "h4": "connection-no-python",
        "h5": "connection-old-python",
        "h6": "connection-no-become",
    }
    assert found["h1"].state == "ok"
    assert [name for name, one in found.items() if not one.reached] == ["h3"]
    assert found["h1"].python is not None
    assert "Python 3.6" in found["h5"].message
    assert "a password is required" in found["h6"].message


@pytest.mark.parametrize(
    ("code", "said", "slug"),
    [
        (None, "login", "connection-timeout"),
        (None, "python 3 11", "connection-timeout"),
        (255, "login", "connection-failed"),
        (None, "become", None),
        (0, "login", "connection-no-python"),
    ],
)
def test_a_check_that_was_cut_off_says_nothing_of_python_or_sudo(
    tmp_path: Path, code: int | None, said: str, slug: str | None
) -> None:
    """A slow host has not said that it has no Python, nor that its sudo asks for nothing."""
    lines = ["login", "python 3 11", "become"]
    shown = lines[: lines.index(said) + 1]

    class Probes(HostProbes):
        def run(self, *_: object, **__: object) -> ProbeResult:
            return ProbeResult(code, "".join(f"worldtree-check {line}\n" for line in shown))

    wanted = hosts_plan({"h1": PlanHost(name="h1", address="h1", connection="local")}, become=True)
    assert check(tmp_path, wanted, probes=Probes())["h1"].slug == slug


@pytest.mark.usefixtures("log")
def test_hosts_are_asked_at_once(tmp_path: Path) -> None:
    hosts = {f"h{i}": PlanHost(name=f"h{i}", address="10.0.0.2") for i in range(12)}
    found = check(tmp_path, hosts_plan(hosts), timeout=60.0)
    assert {one.state for one in found.values()} == {"ok"}


@pytest.mark.usefixtures("log")
def test_sudo_is_asked_for_only_where_it_is_needed(tmp_path: Path) -> None:
    """Without work as another user nobody is asked; the answer 'no-become' never comes."""
    hosts = {"h1": PlanHost(name="h1", address="10.0.0.1")}
    check(tmp_path, hosts_plan(hosts))
    check(tmp_path, hosts_plan(hosts, become=True))
    calls = (tmp_path / "log").read_text()
    assert calls.count("sudo -n") == 1


def test_shared_connection_is_the_one_of_the_run(tmp_path: Path, log: Path) -> None:
    """Same control path, port, user, key and known_hosts as Ansible will use."""
    ssh = PlanSsh(private_key_file="/keys/id", host_key_checking="strict", timeout=4)
    host = PlanHost(name="h1", address="10.0.0.1", port=2222, user="deploy", ssh=ssh)
    options = SshOptions(tmp_path / "c", tmp_path / "known_hosts")
    check_connections(hosts_plan({"h1": host}), options)
    call = log.read_text()
    for part in (
        f"ControlPath={tmp_path}/c/%C",
        "ControlMaster=auto",
        "Port=2222",
        'User="deploy"',
        'IdentityFile="/keys/id"',
        "StrictHostKeyChecking=yes",
        "ConnectTimeout=4",
        f"UserKnownHostsFile={tmp_path}/known_hosts",
        "BatchMode=yes",
    ):
        assert part in call


def test_programs_get_no_more_of_our_environment_than_ansible(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret in the environment of wt is not for ssh, nor for what a login script starts."""
    monkeypatch.setenv("SHOP_TOKEN", "canary")
    fake = log.parent / "bin" / "ssh"
    fake.write_text(f"#!/bin/sh\nenv > {log}\nexit 255\n")
    check(tmp_path, hosts_plan({"h1": PlanHost(name="h1", address="10.0.0.1")}))
    said = log.read_text()
    assert "PATH=" in said
    assert "canary" not in said


def test_local_hosts_need_no_ssh(tmp_path: Path, log: Path) -> None:
    host = PlanHost(name="here", address="localhost", connection="local")
    assert check(tmp_path, hosts_plan({"here": host}))["here"].state == "ok"
    assert not log.exists()


def test_local_hosts_use_the_python_that_runs_ansible(tmp_path: Path, log: Path) -> None:
    """As the inventory says; others in PATH do not matter, unless the host names one."""
    old = log.parent / "bin" / "python3.14"
    old.write_text("#!/bin/sh\necho 3 5\n")
    old.chmod(0o755)
    local = {"address": "localhost", "connection": "local"}
    named = {"ansible_python_interpreter": str(old)}
    hosts = {
        "here": PlanHost(name="here", **local),
        "named": PlanHost(name="named", vars=named, **local),
    }
    found = check(tmp_path, hosts_plan(hosts))
    assert (found["here"].state, found["here"].python) == ("ok", sys.version_info[:2])
    assert (found["named"].state, found["named"].python) == ("failed", (3, 5))


def test_login_by_password_asks_the_broker(tmp_path: Path, log: Path) -> None:
    """Its variable, or the setting of all hosts; a wrong one is reported."""
    hosts = {
        "var": PlanHost(name="var", address="10.0.0.7", vars={"ansible_password": "${env:PW}"}),
        "set": PlanHost(name="set", address="10.0.0.7", ssh=PlanSsh(password="${env:PW}")),
        "bad": PlanHost(name="bad", address="10.0.0.7", ssh=PlanSsh(password="${env:NOPE}")),
        "two": PlanHost(name="two", address="10.0.0.7", vars={"ansible_password": "{{ x }}"}),
    }
    with BrokerProcess.start(SecretSources({"PW": "s3cret"})) as broker:
        found = check(tmp_path, hosts_plan(hosts), environment=broker.environment())
    assert {name: one.state for name, one in found.items()} == {
        "var": "ok",
        "set": "ok",
        "bad": "failed",
        "two": "unchecked",
    }
    calls = log.read_text()
    assert "s3cret" not in calls
    assert calls.count("BatchMode=no") == 3


def test_a_password_of_sudo_is_tried_over_the_input_of_ssh(tmp_path: Path, log: Path) -> None:
    """It is right, or wrong, or nobody can say before Ansible does."""

    def host(name: str, **more: Any) -> PlanHost:
        return PlanHost.model_validate(
            {"name": name, "address": "10.0.0.8", "user": "deploy", **more}
        )

    hosts = {
        "right": host("right", ssh={"become": True, "become_password": "${env:PW}"}),
        "wrong": host("wrong", ssh={"become": True}, inherited={"ansible_become_pass": "${env:X}"}),
        "late": host("late", ssh={"become": True}, vars={"ansible_become_password": "{{ x }}"}),
        "unneeded": host("unneeded", ssh={"become_password": "${env:X}"}),
    }
    with BrokerProcess.start(SecretSources({"PW": "s3cret", "X": "n0t-this"})) as broker:
        found = check(tmp_path, hosts_plan(hosts), environment=broker.environment())
    assert {name: one.slug for name, one in found.items()} == {
        "right": None,
        "wrong": "connection-no-become",
        "late": None,
        "unneeded": None,
    }
    assert "with the given password: sudo: 1 incorrect" in found["wrong"].message
    assert "`becomePassword`" in found["wrong"].hint
    calls = log.read_text()
    assert calls.count("sudo -S") == 2
    assert "sudo -n" not in calls
    assert "s3cret" not in calls + found["wrong"].message
    assert "n0t-this" not in calls + found["wrong"].message


@pytest.mark.usefixtures("log")
def test_named_interpreter_is_the_only_one_that_counts(tmp_path: Path) -> None:
    named = {"ansible_python_interpreter": "/opt/nowhere/python"}
    host = PlanHost(name="h1", address="10.0.0.1", vars=named)
    assert check(tmp_path, hosts_plan({"h1": host}))["h1"].slug == "connection-no-python"


def test_login_by_password_is_left_to_ansible(tmp_path: Path, log: Path) -> None:
    host = PlanHost(name="h1", address="10.0.0.1", vars={"ansible_password": "${env:PW}"})
    assert check(tmp_path, hosts_plan({"h1": host}))["h1"].state == "unchecked"
    assert not log.exists()


@pytest.mark.parametrize(
    "known",
    [
        {"ansible_host": "{{ addresses.h1 }}"},
        {"ansible_ssh_private_key_file": "{{ inventory_dir }}/key"},
        {"ansible_connection": "acme.net.cli"},
    ],
)
def test_what_only_ansible_can_work_out_is_left_to_it(
    tmp_path: Path, log: Path, known: dict[str, str]
) -> None:
    host = PlanHost(name="h1", address="h1", vars=known)
    assert check(tmp_path, hosts_plan({"h1": host}))["h1"].state == "unchecked"
    assert not log.exists()


def test_settings_of_an_inventory_win_over_ours(tmp_path: Path, log: Path) -> None:
    """Its key and arguments are used, before what WorldTree says by itself."""
    known = {
        "ansible_ssh_private_key_file": "/keys/theirs",
        "ansible_ssh_common_args": "-o StrictHostKeyChecking=yes",
        "ansible_ssh_extra_args": "-o ProxyJump=gate",
    }
    check(tmp_path, hosts_plan({"h1": PlanHost(name="h1", address="10.0.0.1", vars=known)}))
    call = log.read_text()
    assert 'IdentityFile="/keys/theirs"' in call
    assert "ProxyJump=gate" in call
    assert call.index("StrictHostKeyChecking=yes") < call.index("StrictHostKeyChecking=accept-new")


def test_only_hosts_that_are_used_are_asked(tmp_path: Path, log: Path) -> None:
    hosts = {"h1": PlanHost(name="h1", address="10.0.0.1")}
    wanted = hosts_plan(hosts).model_copy(
        update={"hosts": (*hosts.values(), PlanHost(name="h9", address="10.0.0.9"))}
    )
    assert list(check(tmp_path, wanted)) == ["h1"]
    assert check(tmp_path, wanted, hosts=()) == {}
    assert "10.0.0.9" not in log.read_text()


def test_variables_of_groups_reach_hosts_too(tmp_path: Path, log: Path) -> None:
    """As the inventory's precedence has it: group, what the plan says of the host, its own."""
    groups: dict[str, Any] = {
        "ansible_host": "10.0.0.3",
        "ansible_port": 2200,
        "ansible_user": "everybody",
        "ansible_private_key_file": "/keys/group",
        "ansible_ssh_extra_args": "-o Compression=yes",
        "ansible_python_interpreter": "/opt/nowhere/python",
    }
    hosts = {
        "10.0.0.1": PlanHost(name="10.0.0.1", address="10.0.0.1", user="me", inherited=groups),
        "h2": PlanHost(
            name="h2",
            address="10.0.0.1",
            inherited=groups,
            vars={"ansible_port": 2222, "ansible_user": "deploy", "ansible_host": "10.0.0.4"},
        ),
    }
    found = check(tmp_path, hosts_plan(hosts))
    assert {name: one.slug for name, one in found.items()} == {
        "10.0.0.1": "connection-refused",
        "h2": "connection-no-python",
    }
    assert "port 2200" in found["10.0.0.1"].hint + found["10.0.0.1"].message
    calls = log.read_text()
    assert calls.count('IdentityFile="/keys/group"') == calls.count("Compression=yes") == 2
    assert 'Port=2200 -o User="me"' in calls
    assert 'Port=2222 -o User="deploy"' in calls


def test_a_password_of_a_group_is_asked_of_the_broker(tmp_path: Path, log: Path) -> None:
    group = {"ansible_password": "${env:PW}"}
    hosts = {
        "group": PlanHost(name="group", address="10.0.0.7", inherited=group),
        "own": PlanHost(
            name="own", address="10.0.0.7", ssh=PlanSsh(password="${env:NOPE}"), inherited=group
        ),
    }
    with BrokerProcess.start(SecretSources({"PW": "s3cret"})) as broker:
        found = check(tmp_path, hosts_plan(hosts), environment=broker.environment())
    assert {name: one.state for name, one in found.items()} == {"group": "ok", "own": "failed"}
    assert "s3cret" not in log.read_text()


def test_a_connection_that_a_group_names_is_left_to_ansible(tmp_path: Path, log: Path) -> None:
    container = {"ansible_connection": "containers.podman.podman"}
    host = PlanHost(name="h1", address="h1", inherited=container)
    assert check(tmp_path, hosts_plan({"h1": host}))["h1"].state == "unchecked"
    assert not log.exists()
