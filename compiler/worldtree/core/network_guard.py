"""Which addresses may be reached for callers: public ones, and networks that the operator allows.

A name is resolved once, every address is checked, and the connection goes to a checked address: a
name server that answers differently the next time changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from worldtree.core.errors import RefusedError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: Networks of IPv6 that contain addresses of IPv4, which would get around the check of those, and
#: the site-local one.
_EMBEDDING = tuple(
    map(
        ipaddress.IPv6Network,
        ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::/96", "fec0::/10"),
    )
)

#: ``socket.getaddrinfo``, or one like it.
Resolve = Callable[..., Sequence[Any]]


class AddressRefusedError(Exception):
    """A name has no address, or one that may not be reached; the text has no secret."""


@dataclass(frozen=True)
class NetworkGuard:
    """Checks where a name leads."""

    allowed: tuple[_Network, ...] = ()
    look_up: Resolve = socket.getaddrinfo

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses of a host, all of them checked; raise ``AddressRefusedError``."""
        try:
            found = self.look_up(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise AddressRefusedError("the host name cannot be resolved") from None
        texts = tuple(dict.fromkeys(str(one[4][0]) for one in found))
        if not texts:
            raise AddressRefusedError("the host name cannot be resolved")
        for text in texts:
            if not self._may_reach(text):
                raise AddressRefusedError(
                    "the host has an address that is not public; the operator of the service may "
                    "allow its network with WORLDTREE_NOTIFY_NETWORKS"
                )
        return texts

    def is_allowed_network(self, addresses: Sequence[str]) -> bool:
        """Whether all addresses are in a network that the operator allows by name."""
        return all(self._is_listed(_parsed(text)) for text in addresses)

    def _may_reach(self, text: str) -> bool:
        found = _parsed(text)
        if found is None or self._is_listed(found):
            return found is not None
        if any(found in network for network in _EMBEDDING if found.version == 6):
            return False
        return found.is_global and not found.is_multicast

    def _is_listed(self, found: _Address | None) -> bool:
        return found is not None and any(
            found in network for network in self.allowed if network.version == found.version
        )


def read_networks(text: str) -> tuple[_Network, ...]:
    """Return the networks of a text such as ``10.0.0.0/8, fd00::/8``; raise ``RefusedError``."""
    try:
        return tuple(ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError:
        raise RefusedError(
            "WORLDTREE_NOTIFY_NETWORKS is not a list of networks",
            code="notify-networks-invalid",
            hint="write it as `10.0.0.0/8, fd00::/8`",
        ) from None


def _parsed(text: str) -> _Address | None:
    try:
        found: _Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found
