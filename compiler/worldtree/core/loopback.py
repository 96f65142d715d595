"""Which hosts of addresses are this machine alone, so that nobody else reads what they get."""

from __future__ import annotations

import ipaddress


def is_loopback_host(host: str) -> bool:
    """Whether ``host`` is ``localhost`` or an address of the loopback interface.

    IPv6 addresses are without brackets. Where another name leads to is unknown: it is none.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
