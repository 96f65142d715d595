"""Whole labs: bring one up, take it down, reset its hosts."""

from __future__ import annotations

import ipaddress
import json
import shutil
import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from lab import (
    base,
    cgroups,
    host_access,
    host_runner,
    machine,
    network,
    power,
    report,
    rootfs,
    sources,
    tools,
)
from lab.errors import LabError
from lab.model import Host, Lab, all_labs, check_lab_name, load
from lab.state_directory import labs_dir, locked, state_directory

DEFAULT_NAME = "default"
DEFAULT_HOSTS = 5


def up(
    name: str = DEFAULT_NAME,
    names: Sequence[str] = (),
    *,
    subnet: str | None = None,
    containers: bool = False,
) -> Lab:
    """Bring a lab up and wait until its hosts are ready.

    Doing it again adds hosts that are missing, switches on those that are off and leaves the rest
    alone. Without ``names`` an existing lab keeps its hosts and a new one gets lab1 to lab5. A new
    one's hosts have the Debian release that the environment says, or this machine's; with
    ``containers`` they can run containers themselves.
    """
    check_lab_name(name)
    tools.ensure()
    with locked(f"lab-{name}"):
        lab = load(name)
        if lab is None:
            names = names or numbered(DEFAULT_HOSTS)
            lab = _claim(name, sources.wanted_suite(), subnet, containers=containers)
        elif subnet not in (None, lab.subnet):
            raise LabError(f"Lab {name} is up with subnet {lab.subnet}. Take it down first.")
        elif containers and not lab.containers:
            raise LabError(f"Lab {name} is up without containers. Take it down first.")
        lab = lab.with_hosts(list(names))
        lab.save()
        rootfs.make_keys(lab)
        for host in lab.hosts:
            rootfs.make_host_key(lab, host)
        rootfs.write_known_hosts(lab)
        (lab.directory / "inventory.json").write_text(json.dumps(report.inventory(lab), indent=2))
        with locked("subnets"):
            machine.prepare()
            network.up(lab)
        each(lab.hosts, lambda host: power.start(lab, host))
        each(lab.hosts, lambda host: host_access.wait_ready(lab, host))
    return lab


def numbered(count: int) -> list[str]:
    """The default host names: lab1, lab2, …"""
    return [f"lab{number}" for number in range(1, count + 1)]


def get(name: str = DEFAULT_NAME) -> Lab:
    """The lab of that name; LabError when it is not up."""
    lab = load(name)
    if lab is None:
        raise LabError(f"Lab {name} is not up. Bring it up: `python -m lab up --lab {name}`.")
    return lab


def down(name: str = DEFAULT_NAME) -> None:
    """Take a lab down and leave nothing of it behind; also what a crash has left."""
    check_lab_name(name)
    with locked(f"lab-{name}"):
        lab = load(name)
        if lab is not None:
            each(lab.hosts, lambda host: power.kill(lab, host))
        # What is still in the lab's groups belongs to hosts whose state got lost.
        if not cgroups.kill(name, 30):
            left = sorted(cgroups.processes(name))
            raise LabError(f"Processes of lab {name} do not die: {left}.")
        cgroups.remove(name)
        cgroups.prune(name)
        network.down(name, lab)
        for directory in (labs_dir() / name / "hosts").glob("*"):
            host_runner.remove_leftovers(directory)
        shutil.rmtree(labs_dir() / name, ignore_errors=True)
        (state_directory() / "locks" / f"lab-{name}").unlink(missing_ok=True)
    _restore_machine()


def _restore_machine() -> None:
    """After the last lab: leave the machine's settings as they were."""
    with locked("subnets"):
        if not all_labs() and not network.bridges():
            machine.restore()


def down_all() -> None:
    """Take every lab of this machine down, and drop bases nobody uses."""
    for directory in sorted(labs_dir().glob("*")):
        down(directory.name)
    base.remove_unused()


def reset(lab: Lab, hosts: Iterable[Host]) -> None:
    """Bring hosts back to the base's state, side by side, and wait until they are ready."""
    chosen = list(hosts)
    each(chosen, lambda host: power.reset(lab, host))
    each(chosen, lambda host: host_access.wait_ready(lab, host))


def each(hosts: Iterable[Host], action: Callable[[Host], object]) -> None:
    """Do something with every host side by side; raises the errors of all of them together."""
    chosen = list(hosts)
    errors: list[str] = []

    def guarded(host: Host) -> None:
        try:
            action(host)
        except LabError as error:
            errors.append(str(error))

    with ThreadPoolExecutor(max_workers=max(1, len(chosen))) as pool:
        list(pool.map(guarded, chosen))
    if errors:
        raise LabError("\n".join(errors))


def _claim(name: str, suite: str, subnet: str | None, *, containers: bool) -> Lab:
    """Give a new lab a number and a subnet that no other lab and no route of this machine has."""
    base_digest = base.ensure(suite)
    with locked("subnets"):
        used = {lab.index for lab in all_labs()}
        networks = network.taken()
        networks += [lab.network for lab in all_labs()]
        first = zlib.crc32(name.encode()) % 254
        for offset in range(254):
            index = (first + offset) % 254 + 1
            wanted = ipaddress.IPv4Network(subnet or f"10.203.{index}.0/24")
            free = not any(wanted.overlaps(other) for other in networks)
            if index not in used and free:
                lab = Lab(name, index, str(wanted), base_digest, containers=containers, suite=suite)
                lab.save()
                return lab
            if index not in used and subnet is not None:
                raise LabError(f"The subnet {subnet} overlaps a network this machine already has.")
    raise LabError("All 254 lab subnets (10.203.1.0/24 to 10.203.254.0/24) are in use.")
