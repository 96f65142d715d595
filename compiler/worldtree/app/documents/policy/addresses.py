"""Recognises addresses and names that mean the machine itself."""

from __future__ import annotations

import ipaddress
import re
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path

from worldtree.spec.ranges import RangeError, expand

_LOCAL_NAMES = frozenset(
    {
        *("localhost", "localhost4", "localhost6", "localdomain"),
        *("ip6-localhost", "ip6-loopback", "ipv6-localhost", "ipv6-loopback"),
        # Names that systemd-resolved gives to the machine itself.
        *("_outbound", "_localdnsstub", "_localdnsproxy"),
    }
)
#: What an address, a user or a jump host is made of; ssh reads options and `%h` out of others.
_PLAIN = re.compile(r"[A-Za-z0-9_.:\[][\w.:\[\]%@\\+-]*", re.ASCII)
_NUMERIC = re.compile(r"(0x[0-9a-f]+|[0-9]+)(\.(0x[0-9a-f]+|[0-9]+)){0,3}", re.IGNORECASE)


def expanded(text: str) -> list[str]:
    """Return the names of a range; the text itself where it is not a valid one."""
    try:
        return expand(text)
    except RangeError:
        return [text]


def is_plain(text: str) -> bool:
    """Whether ``text`` can be an address, a user or a jump host, and nothing else."""
    return _PLAIN.fullmatch(text) is not None and "%" not in text


def is_this_machine(text: str) -> bool:
    """Whether ``text`` names or addresses the machine that reads it.

    A name that a name server resolves to such an address is not known here.
    """
    name = text.strip().strip("[]").rstrip(".").lower()
    if name in _LOCAL_NAMES or name.endswith((".localhost", ".localdomain")):
        return True
    if name in own_names():
        return True
    try:
        found = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return _is_local_number(name)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_loopback or found.is_unspecified or str(found) in own_addresses()


@cache
def own_addresses() -> frozenset[str]:
    """Return the addresses of this machine's interfaces; empty where they cannot be read."""
    found = set()
    with suppress(OSError):
        for line in Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines():
            found.add(str(ipaddress.IPv6Address(bytes.fromhex(line.split()[0]))))
    address = ""
    with suppress(OSError):
        # The local table: each address is on the line before `/32 host LOCAL`.
        for line in Path("/proc/net/fib_trie").read_text(encoding="ascii").splitlines():
            if "/32 host LOCAL" in line:
                found.add(address)
            address = line.split()[-1] if line.split() else ""
    return frozenset(found)


@cache
def own_names() -> frozenset[str]:
    """Return the machine's name, and the names that its file of hosts gives to its addresses."""
    host = socket.gethostname().lower()
    found = {host, host.partition(".")[0]}
    with suppress(OSError):
        text = Path("/etc/hosts").read_text(encoding="utf-8", errors="replace")
        for line in text.lower().splitlines():
            address, *names = line.partition("#")[0].split() or [""]
            with suppress(ValueError):
                known = ipaddress.ip_address(address.partition("%")[0])
                if known.is_loopback or known.is_unspecified or str(known) in own_addresses():
                    found.update(names)
    return frozenset(found - {""})


def jump_host(text: str) -> str:
    """Return the host of ``[user@]address[:port]``."""
    host = text.rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host


def _is_local_number(name: str) -> bool:
    """Whether ``name`` is a loopback address in a form that only the C library reads: 127.1."""
    if not _NUMERIC.fullmatch(name):
        return False
    try:
        found = ipaddress.ip_address(socket.inet_aton(name))
    except (OSError, ValueError):
        return False
    return found.is_loopback or found.is_unspecified
