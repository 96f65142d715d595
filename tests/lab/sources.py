"""The machine's own package sources, handed on to the hosts."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from lab.errors import LabError
from lab.process import run

#: Debian releases that hosts may have.
SUITES = ("bookworm", "trixie")
#: Variable of the environment with the release of new labs; by default that of this machine.
SUITE_VARIABLE = "WORLDTREE_LAB_SUITE"

#: apt settings a host must share with the machine to reach the same source.
_SHARED = (
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
)


def codename() -> str:
    """The Debian release of this machine, such as ``bookworm``."""
    name = platform.freedesktop_os_release().get("VERSION_CODENAME")
    if not name:
        raise LabError("The lab needs a Debian machine: /etc/os-release names no release.")
    return name


def wanted_suite() -> str:
    """The Debian release of a new lab's hosts; LabError for one that the lab does not know."""
    suite = os.environ.get(SUITE_VARIABLE) or codename()
    if suite not in SUITES:
        known = ", ".join(SUITES)
        raise LabError(
            f"The lab has no hosts of the Debian release {suite}."
            f" Set {SUITE_VARIABLE} to one of: {known}."
        )
    return suite


def collect(suite: str, apt: Path = Path("/etc/apt")) -> str:
    """The machine's sources of its own release, turned to ``suite``, as deb822 text.

    Those of other vendors are left out.
    """
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    stanzas: list[str] = []
    for file in files:
        if not file.is_file():
            continue
        if file.suffix == ".list":
            stanzas += [text for line in file.read_text().splitlines() if (text := _one_line(line))]
        elif file.suffix == ".sources":
            stanzas += [text for part in file.read_text().split("\n\n") if (text := _deb822(part))]
    if not stanzas:
        raise LabError(f"No package source for {codename()} is set up in {apt}.")
    return "\n\n".join(_of_suite(text, suite) for text in stanzas) + "\n"


def _of_suite(stanza: str, suite: str) -> str:
    """Return a stanza of this machine's release as one of another release."""
    return re.sub(r"(?mi)^Suites:.*$", lambda found: found[0].replace(codename(), suite), stanza)


def _one_line(line: str) -> str | None:
    """A ``deb …`` line as a stanza, or None when it is not one for this release."""
    words = line.partition("#")[0].split()
    if not words or words[0] != "deb":
        return None
    options: list[str] = []
    rest = words[1:]
    if rest and rest[0].startswith("["):
        end = next(at for at, word in enumerate(rest) if word.endswith("]"))
        options = " ".join(rest[: end + 1]).strip("[]").split()
        rest = rest[end + 1 :]
    uri, suite, *components = rest
    if not suite.startswith(codename()):
        return None
    signed = [f"Signed-By: {o.split('=', 1)[1]}" for o in options if o.startswith("signed-by=")]
    fields = ["Types: deb", f"URIs: {uri}", f"Suites: {suite}"]
    return "\n".join([*fields, f"Components: {' '.join(components)}", *signed])


def _deb822(part: str) -> str | None:
    """A stanza without comments, or None when it is not one for this release."""
    lines = [line for line in part.splitlines() if line.strip() and not line.startswith("#")]
    fields = {key.strip().lower(): value for key, _, value in (x.partition(":") for x in lines)}
    suites = fields.get("suites", "").split()
    wanted = "deb" in fields.get("types", "").split()
    enabled = fields.get("enabled", "yes").strip().lower() != "no"
    if not (wanted and enabled and any(suite.startswith(codename()) for suite in suites)):
        return None
    return "\n".join(lines)


def apt_options() -> list[str]:
    """Settings such as ``Acquire::Check-Date "false"`` that hosts need too."""
    dump = run(["apt-config", "dump"]).stdout
    lines = [line.rstrip(";") for line in dump.splitlines()]
    return [line for line in lines if line.split(" ")[0] in _SHARED]
