"""What names and versions of packages, and the parts of their repositories, look like."""

from __future__ import annotations

from collections.abc import Mapping

#: ``libstdc++6``: the rule of Debian.
PACKAGE_NAME = r"^[a-z0-9][a-z0-9+.-]{1,127}$"
#: ``1:2.6.12-1+deb12u3``; it begins with a digit, so that none is taken for an option.
PACKAGE_VERSION = r"^[0-9][A-Za-z0-9.+:~-]{0,127}$"
#: ``main``, ``non-free-firmware``.
REPOSITORY_PART = r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$"
#: ``bookworm``, ``bookworm/updates``; ``./`` for a repository without suites.
REPOSITORY_SUITE = r"^(?:\./|[A-Za-z0-9][A-Za-z0-9_+-]*([./][A-Za-z0-9_+-]+)*)$"
#: Path of a package below its repository; no part leads out of it.
PACKAGE_PATH = r"^(?:[A-Za-z0-9+~_%-][A-Za-z0-9.+~_%:-]*/)*[A-Za-z0-9+~_%-][A-Za-z0-9.+~_%:-]*$"
#: The suite of a repository without suites.
FLAT_SUITE = "./"

#: Distribution, as a platform begins -> the tool of its packages. Others are not known.
PACKAGE_TOOLS: Mapping[str, str] = {
    "debian": "apt",
    "ubuntu": "apt",
    "almalinux": "dnf",
    "centos": "dnf",
    "fedora": "dnf",
    "oraclelinux": "dnf",
    "redhat": "dnf",
    "rhel": "dnf",
    "rocky": "dnf",
}


def package_tool(platform: str) -> str | None:
    """Return the tool of the distribution of a platform such as ``debian-12``; None if unknown."""
    return PACKAGE_TOOLS.get(platform.partition("-")[0])
