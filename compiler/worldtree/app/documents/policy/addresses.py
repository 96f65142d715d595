"""Recognises addresses and names that mean the machine itself."""

from __future__ import annotations

import ipaddress
import re
import socket

from worldtree.spec.ranges import RangeError, expand

_LOCAL_NAMES = frozenset(
    {"localhost", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback", "localdomain"}
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
    try:
        found = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return _is_local_number(name)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_loopback or found.is_unspecified


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
