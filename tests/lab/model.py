"""What a lab and its hosts are: plain data, kept as ``lab.json`` in the lab's directory."""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lab.errors import LabError
from lab.state_directory import labs_dir

SCHEMA = 2
#: The first host gets the network's address plus this, so that .1 to .10 stay free for the machine.
FIRST_HOST = 11
#: Offset of the address kept free for a VIP; hosts never reach it.
VIP_OFFSET = 200
MAX_HOSTS = 150
#: Directories that are plain ones of the machine in hosts that run containers, since an overlay
#: takes no other overlay on it.
PLAIN_DIRECTORIES = ("/var/lib/containerd", "/var/lib/etcd", "/var/lib/kubelet")

_LAB_NAME = re.compile(r"[a-z0-9]([a-z0-9_-]{0,46}[a-z0-9])?")
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?")


@dataclass(frozen=True)
class Host:
    """One machine of a lab."""

    #: Its name and hostname.
    name: str
    #: Its IPv4 address on the lab's bridge.
    address: str
    #: Its number within the lab, from 1; it never changes.
    ordinal: int


@dataclass(frozen=True)
class Lab:
    """A bridge with hosts on it."""

    name: str
    #: Number of the lab on this machine (1 to 254): names its bridge and its default subnet.
    index: int
    #: IPv4 network such as 10.203.7.0/24.
    subnet: str
    #: Digest of the base file system its hosts are layered on.
    base: str
    hosts: tuple[Host, ...] = ()
    #: Whether its hosts can run containers themselves.
    containers: bool = False
    #: Debian release of its hosts.
    suite: str = "bookworm"

    @property
    def plain(self) -> tuple[str, ...]:
        """Directories in each host that are plain ones of the machine."""
        return PLAIN_DIRECTORIES if self.containers else ()

    @property
    def bridge(self) -> str:
        return f"wtbr{self.index}"

    @property
    def table(self) -> str:
        """Name of the lab's nftables tables."""
        return f"worldtree_lab_{self.index}"

    @property
    def out_table(self) -> str:
        """Name of the table that closes the way out."""
        return f"{self.table}_out"

    @property
    def network(self) -> ipaddress.IPv4Network:
        return ipaddress.IPv4Network(self.subnet)

    @property
    def gateway(self) -> str:
        """The machine's own address on the bridge."""
        return str(self.network.network_address + 1)

    @property
    def vip(self) -> str:
        """An address no host has, free for a load balancer."""
        return str(self.network.network_address + VIP_OFFSET)

    @property
    def directory(self) -> Path:
        return labs_dir() / self.name

    @property
    def key(self) -> Path:
        """The private key that every host lets in as root, deploy and guest."""
        return self.directory / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    def host(self, name: str) -> Host:
        """The host of that name; LabError when there is none."""
        for host in self.hosts:
            if host.name == name:
                return host
        names = ", ".join(host.name for host in self.hosts)
        raise LabError(f"Lab {self.name} has no host {name}. Its hosts: {names}.")

    def host_directory(self, host: Host) -> Path:
        return self.directory / "hosts" / host.name

    def machine(self, host: Host) -> str:
        """The container's name; short, so that the interface name made of it is not cut."""
        return f"wt{self.index}h{host.ordinal}"

    def interface(self, host: Host) -> str:
        """The machine's end of the host's network cable, as systemd-nspawn names it."""
        return f"vb-{self.machine(host)}"

    def with_hosts(self, names: list[str]) -> Lab:
        """The lab with these hosts added, each with the next free number."""
        hosts = list(self.hosts)
        have = {host.name for host in hosts}
        for name in names:
            if name in have:
                continue
            check_host_name(name)
            ordinal = max((host.ordinal for host in hosts), default=0) + 1
            if ordinal > MAX_HOSTS:
                raise LabError(f"A lab has at most {MAX_HOSTS} hosts.")
            address = self.network.network_address + FIRST_HOST + ordinal - 1
            hosts.append(Host(name, str(address), ordinal))
            have.add(name)
        return replace(self, hosts=tuple(hosts))

    def save(self) -> None:
        """Write ``lab.json`` in one step, so that a reader never sees half of it."""
        self.directory.mkdir(parents=True, exist_ok=True)
        part = self.directory / "lab.json.part"
        part.write_text(json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2) + "\n")
        part.replace(self.directory / "lab.json")


def load(name: str) -> Lab | None:
    """The lab of that name, or None when there is none."""
    check_lab_name(name)
    try:
        data = json.loads((labs_dir() / name / "lab.json").read_text())
    except FileNotFoundError:
        return None
    if data.pop("schema") != SCHEMA:
        raise LabError(
            f"Lab {name} was made by another version of the lab code."
            f" Take it down with that version, or delete {labs_dir() / name}."
        )
    data["hosts"] = tuple(Host(**host) for host in data["hosts"])
    return Lab(**data)


def all_labs() -> list[Lab]:
    """Every lab of this machine, by name."""
    files = sorted(labs_dir().glob("*/lab.json"))
    return [lab for file in files if (lab := load(file.parent.name)) is not None]


def check_lab_name(name: str) -> None:
    """Raise LabError for a name that could not be a directory and a cgroup."""
    if not _LAB_NAME.fullmatch(name):
        raise LabError(f"`{name}` is no lab name: use lower-case letters, digits, - and _.")


def check_host_name(name: str) -> None:
    """Raise LabError for a name that could not be a hostname."""
    if not _HOST_NAME.fullmatch(name):
        raise LabError(f"`{name}` is no host name: use lower-case letters, digits and -.")
