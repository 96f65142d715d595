"""The lab itself: hosts boot, simulated failures take effect, and `down` leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.lab_leftovers import leftovers
from lab import host_runner, labs
from lab.errors import LabError
from lab.handle import HostHandle, LabHandle
from lab.model import Lab, load
from lab.process import run, wait_until
from lab_plugin import LabHosts

pytestmark = pytest.mark.lab(minutes=2)

NAME = f"selftest-{os.getpid()}"


@pytest.fixture
def own() -> Iterator[Lab]:
    """A lab of two hosts that a test may take down itself."""
    yield labs.up(NAME, ["one", "two"])
    labs.down(NAME)


@pytest.fixture
def host(lab_hosts: LabHosts) -> HostHandle:
    """One host, fresh."""
    return lab_hosts(1)[0]


def boot_id(host: HostHandle) -> str:
    """The boot id: different after every boot."""
    return host.ssh("cat /proc/sys/kernel/random/boot_id").stdout.strip()


def silent(host: HostHandle) -> bool:
    """Whether a new connection to the host hangs, instead of being answered or refused."""
    try:
        with socket.create_connection((host.address, 22), timeout=2) as connection:
            connection.settimeout(2)
            return connection.recv(1) == b"never"
    except TimeoutError:
        return True


def test_all_hosts_are_fully_up_and_reachable(lab: LabHandle) -> None:
    """Five hosts answer over SSH with strict host keys, and systemd in them has no complaint."""
    assert [host.ssh("hostname").stdout.strip() for host in lab.hosts] == labs.numbered(5)
    assert {item["system"] for item in lab.status()["items"]} == {"running"}


def test_down_leaves_nothing_behind(own: Lab) -> None:
    """After `down` there is no process, mount, group, interface, rule or file; again is fine."""
    assert len(leftovers(own)) > 5
    labs.down(own.name)
    assert leftovers(own) == []
    labs.down(own.name)


def test_down_cleans_up_after_a_crash_of_the_lab(own: Lab) -> None:
    """Runners and systemd-nspawn killed, hosts running, state lost: `down` finds and ends all."""
    for each in own.hosts:
        os.kill(int(host_runner.pid_file(own, each).read_text()), signal.SIGSTOP)
        for pid in runner_pids(own):
            os.kill(pid, signal.SIGKILL)
        os.kill(int(host_runner.pid_file(own, each).read_text()), signal.SIGKILL)
    (own.directory / "lab.json").unlink()
    assert any(trace.startswith("interface") for trace in leftovers(own))
    labs.down(own.name)
    assert leftovers(own) == []


def runner_pids(lab: Lab) -> set[int]:
    """Pids of the host runners of a lab."""
    found = run(["pgrep", "-f", f"-m lab[.]host_runner {lab.name} "], check=False).stdout
    return {int(pid) for pid in found.split()}


def test_up_again_changes_nothing_but_adds_what_is_missing(own: Lab) -> None:
    """A second `up` leaves running hosts alone, starts those that are off and adds new ones."""
    handle = LabHandle(own)
    before = boot_id(handle.host("one"))
    handle.host("two").kill()
    grown = LabHandle(labs.up(own.name, ["one", "two", "three"]))
    assert boot_id(grown.host("one")) == before
    assert [each.is_on for each in grown.hosts] == [True, True, True]
    assert grown.host("three").ssh("hostname").stdout == "three\n"


def test_two_labs_share_no_network(lab: LabHandle, own: Lab) -> None:
    """Labs side by side have bridges and subnets of their own."""
    assert not lab.lab.network.overlaps(own.network)
    assert lab.lab.bridge != own.bridge


def test_a_reset_host_is_as_new(host: HostHandle) -> None:
    """Files, packages and cuts are gone after a reset; the host's key is the same."""
    host.ssh("apt-get -qq install --no-download hello && touch /etc/mark")
    host.cut()
    host.reset()
    assert host.ssh("test ! -e /etc/mark && test ! -e /usr/bin/hello && echo new").stdout == "new\n"


def test_a_stopped_host_shuts_down_in_order(host: HostHandle) -> None:
    """`stop` lets units stop themselves; what they wrote is there after the next start."""
    host.ssh(
        "systemd-run --unit=witness --property=ExecStop='touch /etc/stopped-well' sleep infinity"
    )
    host.stop()
    assert not host.is_on
    host.start()
    assert host.ssh("ls /etc/stopped-well").stdout == "/etc/stopped-well\n"


def test_a_killed_host_gets_no_time_at_all(host: HostHandle) -> None:
    """`kill` is a power cut: no unit is stopped, the disk is as it was, and it starts again."""
    host.ssh(
        "systemd-run --unit=witness --property=ExecStop='touch /etc/stopped-well' sleep infinity"
        " && touch /etc/written"
    )
    host.kill()
    assert not host.is_on
    with pytest.raises(OSError, match=r"timed out|No route|refused"):
        socket.create_connection((host.address, 22), timeout=5).close()
    host.start()
    assert host.ssh("ls /etc/written").stdout == "/etc/written\n"
    assert host.ssh("ls /etc/stopped-well", check=False).returncode != 0


def test_a_frozen_host_is_silent_until_thawed(host: HostHandle) -> None:
    """`freeze` stops every process: connections open, nobody answers; `thaw` lets it go on."""
    before = boot_id(host)
    host.freeze()
    assert silent(host)
    host.thaw()
    assert boot_id(host) == before


def test_a_frozen_host_can_be_killed(host: HostHandle) -> None:
    """SIGKILL ends frozen processes too."""
    host.freeze()
    host.kill()
    assert not host.is_on


def test_connections_to_a_host_that_is_cut_off_hang(lab_hosts: LabHosts) -> None:
    """`cut` drops packets from the machine and from other hosts, over a reboot; `heal` ends it."""
    host, other = lab_hosts(2)
    host.cut()
    assert silent(host)
    ping = f"ping -c1 -W2 {host.address}"
    assert other.ssh(ping, check=False).returncode == 1
    host.exec(["systemctl", "reboot"])
    assert wait_until(lambda: not silent(other), 60)
    assert silent(host)
    host.heal()
    host.wait_ready()
    assert other.ssh(ping).returncode == 0


def test_a_host_can_reboot_itself(host: HostHandle) -> None:
    """`reboot` boots the same disk again, under the same address."""
    before = boot_id(host)
    host.ssh("touch /etc/before; systemctl reboot", check=False)
    assert wait_until(lambda: _answers_with_other_boot(host, before), 60, pause=0.5)
    host.wait_ready()
    assert host.ssh("ls /etc/before").stdout == "/etc/before\n"


def _answers_with_other_boot(host: HostHandle, before: str) -> bool:
    asked = host.ssh("cat /proc/sys/kernel/random/boot_id", check=False)
    return asked.returncode == 0 and asked.stdout.strip() != before


def test_hosts_cannot_change_the_machine(host: HostHandle) -> None:
    """A host sets neither the machine's clock nor its sysctl keys, though the latter seem to."""
    machine = Path("/proc/sys/vm/swappiness").read_text()
    assert host.ssh("date -s '2001-01-01'", check=False).returncode != 0
    assert time.gmtime().tm_year > 2020
    assert host.ssh("sysctl -q -w vm.swappiness=13 && sysctl -n vm.swappiness").stdout == "13\n"
    assert Path("/proc/sys/vm/swappiness").read_text() == machine
    forward = "sysctl -q -w net.ipv4.ip_nonlocal_bind=1 && sysctl -n net.ipv4.ip_nonlocal_bind"
    assert host.ssh(forward).stdout == "1\n"


def test_only_root_and_deploy_may_become_root(host: HostHandle) -> None:
    """Hosts have a user with sudo and one without, for what tests those cases."""
    for user, code in (("deploy", 0), ("guest", 1)):
        argv = ["runuser", "-u", user, "--", "sudo", "-n", "true"]
        assert host.exec(argv, check=False).returncode == code


KEEPALIVED = """\
vrrp_instance vip {{
  interface host0
  state BACKUP
  virtual_router_id 51
  priority {priority}
  advert_int 1
  virtual_ipaddress {{ {vip}/24 }}
}}
"""


def test_a_vip_moves_when_its_host_loses_power(lab: LabHandle, lab_hosts: LabHosts) -> None:
    """keepalived works between hosts, and this machine reaches the VIP before and after."""
    first, second = lab_hosts(2)
    for host, priority in ((first, 150), (second, 100)):
        text = KEEPALIVED.format(priority=priority, vip=lab.lab.vip)
        host.ssh(
            "mkdir -p /etc/keepalived && cat >/etc/keepalived/keepalived.conf <<'END'\n"
            f"{text}END\napt-get -qq install --no-download --no-install-recommends keepalived"
        )
    assert wait_until(lambda: _has(first, lab.lab.vip), 60)
    assert not _has(second, lab.lab.vip)
    assert _answers(lab.lab.vip)
    first.kill()
    assert wait_until(lambda: _has(second, lab.lab.vip), 60)
    assert wait_until(lambda: _answers(lab.lab.vip), 60)


def _has(host: HostHandle, address: str) -> bool:
    return f" {address}/" in host.ssh("ip -4 address show").stdout


def _answers(address: str) -> bool:
    try:
        with socket.create_connection((address, 22), timeout=2) as connection:
            connection.settimeout(2)
            return connection.recv(3) == b"SSH"
    except OSError:
        return False


def test_the_command_line_brings_up_shows_and_takes_down() -> None:
    """`python -m lab` brings labs up and down, also with the system Python."""
    tests = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(tests), "WORLDTREE_LAB": f"{NAME}-cli"}

    def lab(*words: str) -> subprocess.CompletedProcess[str]:
        return run([sys.executable, "-m", "lab", *words], env=environment, check=False)

    assert lab("up", "--names", "solo").returncode == 0
    inventory = json.loads(lab("inventory").stdout)
    assert [item["name"] for item in inventory["items"]] == ["solo"]
    assert lab("ssh", "solo", "hostname").stdout == "solo\n"
    assert lab("exec", "solo", "hostname").stdout == "solo\n"
    [item] = json.loads(lab("status", "-o", "json").stdout)["items"]
    assert (item["power"], item["system"], item["cut"]) == ("on", "running", False)
    wrong = lab("stop", "nobody")
    assert (wrong.returncode, wrong.stderr) == (
        1,
        f"lab: Lab {NAME}-cli has no host nobody. Its hosts: solo.\n",
    )
    assert lab("down").returncode == 0
    assert load(f"{NAME}-cli") is None


@pytest.mark.parametrize("name", ["", "UPPER", "a/b", "../x", "a b"])
def test_names_that_could_not_be_directories_are_refused(name: str) -> None:
    """A lab's name cannot reach outside its directory."""
    with pytest.raises(LabError, match="no lab name"):
        labs.up(name)
