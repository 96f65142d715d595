"""Short forms of parts of a plan, for tables, pages and drawings."""

from __future__ import annotations

#: Host names that are shown; longer lists are counted.
_MAX_SHOWN_HOSTS = 3


def abbreviated_hosts(hosts: tuple[str, ...]) -> str:
    """Return the host names, or how many there are when they are more than a few."""
    return ", ".join(hosts) if len(hosts) <= _MAX_SHOWN_HOSTS else f"{len(hosts)} hosts"
