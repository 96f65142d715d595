"""Which git connects to an address that is passed to it, and how it is passed."""

from __future__ import annotations

import ipaddress
import re

from worldtree.app.content.repository_urls import RepositoryUrl
from worldtree.core.errors import RefusedError

#: Earlier ones ignore the setting for the address, and look the name up themselves.
MINIMUM = (2, 37)
_NUMBERS = re.compile(r"git version (\d+)\.(\d+)", re.ASCII)


def read_version(said: str) -> tuple[int, int] | None:
    """Return the first two numbers of what ``git version`` says; None for another text."""
    found = _NUMBERS.match(said)
    return None if found is None else (int(found[1]), int(found[2]))


def check_version(said: str) -> None:
    """Raise ``RefusedError`` for what ``git version`` says where it is too old."""
    found = read_version(said)
    if found is not None and found >= MINIMUM:
        return
    is_known = "of unknown version" if found is None else f"{found[0]}.{found[1]}"
    raise RefusedError(
        f"the repository cannot be fetched: git on the machine of the service is {is_known},"
        f" and {MINIMUM[0]}.{MINIMUM[1]} or later is needed",
        code="repository-unreachable",
        hint="the operator of the service has to install a newer git",
    )


def address_setting(url: RepositoryUrl, address: str) -> str:
    """Return the setting by which git connects to ``address`` for the host of ``url``.

    It is empty for an address in the place of a name: nothing is looked up for it, and one of IPv6
    could not be written in it.
    """
    try:
        ipaddress.ip_address(url.host)
    except ValueError:
        return f"http.curloptResolve={url.host}:{url.port}:{address}"
    return ""
