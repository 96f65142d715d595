"""A suite of a repository: its signed list of indexes, and the indexes of packages.

What is read here decides only which files are downloaded. That the list is signed, and that the
indexes are those of the list, is checked by apt, see ``apt_root.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from worldtree.artifacts.partial_file import ResumePoint
from worldtree.artifacts.sources.registry import source_kind
from worldtree.artifacts.sources.source_kind import SourceContext, SourceError
from worldtree.plan.artifact import ArtifactSource
from worldtree.spec.artifact_locations import is_path, scheme_of, shown_location
from worldtree.spec.package_names import FLAT_SUITE

#: Name of the signed list.
RELEASE_FILE = "InRelease"
#: Bytes of a list; those of Debian have 150 kB.
_MAX_RELEASE_BYTES = 16 << 20
#: Endings of indexes: the smallest file first, all of them known to every apt.
_ENDINGS = (".xz", ".gz", "")
_ENTRY = re.compile(r" +([0-9a-f]{64}) +([0-9]+) +(\S+)")


@dataclass(frozen=True, slots=True)
class SuiteIndex:
    """An index of packages, as the list of its suite names it."""

    #: Below the directory of the suite.
    name: str
    sha256: str
    #: Bytes.
    size: int
    #: Below the directory of the suite: where the repository has these very bytes.
    download: str


@dataclass(frozen=True, slots=True)
class Suite:
    """The list of a suite, and the indexes of it that are needed."""

    #: Below the location of the repository; empty for a repository without suites.
    directory: str
    release: bytes
    indexes: tuple[SuiteIndex, ...]


def place_in(source: ArtifactSource, path: str) -> ArtifactSource:
    """Return the place of a file below the location of a repository, reached as the repository."""
    base = source.location.rstrip("/")
    written = path if is_path(base) else quote(path, safe="/+~:")
    return source.model_copy(update={"location": f"{base}/{written}"})


def read_suite(
    source: ArtifactSource,
    name: str,
    components: Sequence[str],
    architecture: str,
    context: SourceContext,
) -> Suite:
    """Return a suite and its indexes for an architecture, by the name that Debian has for it.

    Raises ``SourceError``.
    """
    directory = "" if name == FLAT_SUITE else f"dists/{name}/"
    place = place_in(source, directory + RELEASE_FILE)
    try:
        release = _read(place, context)
    except SourceError as error:
        reason = f"{shown_location(place.location)}: {error.reason}"
        raise SourceError(reason, is_transient=error.is_transient) from None
    text = release.decode("utf-8", errors="replace")
    listed = _listed(text)
    by_hash = re.search(r"^Acquire-By-Hash: *yes *$", text, re.MULTILINE) is not None
    found: list[SuiteIndex] = []
    # As apt does: packages for all architectures are in the index of each one, unless the suite
    # has one for `all` that is meant to be read.
    has_all = re.search(r"^Architectures:.* all( |$)", text, re.MULTILINE)
    is_complete = re.search(r"^No-Support-for-Architecture-all: .*Packages", text, re.MULTILINE)
    architectures = (architecture, "all") if has_all and not is_complete else (architecture,)
    for stem in _stems(name, components, architectures):
        index = next((listed[stem + end] for end in _ENDINGS if stem + end in listed), None)
        if index is None:
            continue
        if by_hash:
            parent = index.name.rpartition("/")[0]
            download = f"{parent}/by-hash/SHA256/{index.sha256}".lstrip("/")
            index = SuiteIndex(index.name, index.sha256, index.size, download)
        found.append(index)
    for one in components if directory else ():
        if not any(index.name.startswith(f"{one}/") for index in found):
            raise _without_packages(place, f"component `{one}` has no packages for {architecture}")
    if not found:
        raise _without_packages(place, "repository has no packages")
    return Suite(directory, release, tuple(found))


def _without_packages(place: ArtifactSource, what: str) -> SourceError:
    return SourceError(f"{shown_location(place.location)}: the {what}")


def _stems(name: str, components: Sequence[str], architectures: Sequence[str]) -> list[str]:
    if name == FLAT_SUITE:
        return ["Packages"]
    return [
        f"{component}/binary-{one}/Packages" for component in components for one in architectures
    ]


def _read(place: ArtifactSource, context: SourceContext) -> bytes:
    content = b""
    kind = source_kind(scheme_of(place.location))
    with kind.open(place, ResumePoint(), context) as opened:
        for chunk in opened.chunks:
            content += chunk
            if len(content) > _MAX_RELEASE_BYTES:
                raise SourceError(f"it is larger than {_MAX_RELEASE_BYTES} bytes")
    return content


def _listed(text: str) -> dict[str, SuiteIndex]:
    """Return the files of a list by their name, with the sha256 that it has of them."""
    found: dict[str, SuiteIndex] = {}
    is_sha256 = False
    for line in text.splitlines():
        entry = _ENTRY.fullmatch(line)
        if entry is None:
            is_sha256 = line.startswith("SHA256:")
        elif is_sha256:
            digest, size, name = entry.groups()
            name = name.removeprefix("./")
            if ".." not in name.split("/") and not name.startswith("/"):
                found.setdefault(name, SuiteIndex(name, digest, int(size), name))
    return found
